/** Exact fractions: 0.1 + 0.2 is 0.3, and 2^64 ends in 616. Pure. */

/** The fraction `n / d` in lowest terms. `d` is positive. */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [big, small] = [a < 0n ? -a : a, b]
  while (small !== 0n) [big, small] = [small, big % small]
  return big
}

/** `n / d`. `d` must not be 0. */
export function rational(n: bigint, d = 1n): Rational {
  const sign = d < 0n ? -1n : 1n
  const divisor = commonDivisor(n, d * sign) * sign
  return { n: n / divisor, d: d / divisor }
}

/** The sum of two fractions. */
export const add = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d)
/** The negative of a fraction. */
export const negate = (a: Rational): Rational => ({ n: -a.n, d: a.d })
/** The product of two fractions. */
export const multiply = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d)
/** The quotient of two fractions. `b` must not be 0. */
export const divide = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n)

/** `a` modulo `b`, with the sign of `b`, as in mathematics and Python (not C). */
export function remainder(a: Rational, b: Rational): Rational {
  const n = a.n * b.d
  const d = a.d * b.n
  const truncated = n / d
  const floor = n % d !== 0n && n < 0n !== d < 0n ? truncated - 1n : truncated
  return add(a, negate(multiply(rational(floor), b)))
}

/** `a` to an integer power. The caller bounds the size, and does not raise 0 to a negative power. */
export const power = (a: Rational, exponent: bigint): Rational =>
  exponent < 0n ? rational(a.d ** -exponent, a.n ** -exponent) : { n: a.n ** exponent, d: a.d ** exponent }

/** Binary digits of the larger part. */
export const bitLength = ({ n, d }: Rational): number => Math.max((n < 0n ? -n : n).toString(16).length, d.toString(16).length) * 4

/** The nearest number, even if both parts exceed a number's range. */
export function toNumber({ n, d }: Rational): number {
  const shift = BigInt(Math.max(0, bitLength({ n, d }) - 900))
  return Number(n >> shift) / Number(d >> shift)
}

/** Parses a decimal such as `12.5` or `1.2e-3`. */
export function parseDecimal(text: string): Rational {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = rational(BigInt(whole + fraction || '0'), 10n ** BigInt(fraction.length))
  return multiply(digits, power(rational(10n), BigInt(exponent)))
}

/** Most decimal places that are written out. A longer fraction is rounded. */
const exactPlaces = 30
const roundedDigits = 12

/** `value` as a decimal: exact up to 30 places, otherwise rounded to 12 significant digits. */
export function toDecimal(value: Rational, isApproximate = false): { readonly text: string; readonly exact: boolean } {
  if (!isApproximate) {
    for (let places = 0; places <= exactPlaces; places++) {
      if ((value.n * 10n ** BigInt(places)) % value.d === 0n) return { text: formatDecimal(value, places), exact: true }
    }
  }
  let places = 0
  const magnitude = value.n < 0n ? -value.n : value.n
  while (magnitude !== 0n && (magnitude * 10n ** BigInt(places)) / value.d < 10n ** BigInt(roundedDigits - 1)) places++
  return { text: formatDecimal(value, places), exact: false }
}

/** `value` rounded half away from zero to `places` decimal places, without trailing zeros. */
function formatDecimal(value: Rational, places: number): string {
  const magnitude = value.n < 0n ? -value.n : value.n
  const scaled = (2n * magnitude * 10n ** BigInt(places) + value.d) / (2n * value.d)
  const digits = scaled.toString().padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return `${value.n < 0n && scaled !== 0n ? '-' : ''}${whole}${fraction === '' || places === 0 ? '' : `.${fraction}`}`
}
