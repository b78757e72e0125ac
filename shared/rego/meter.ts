/**
 * The fuel of the evaluation that runs. Work on values spends it at each step, so no value can cost more than the fuel. Evaluation is
 * synchronous, so one meter is in use at a time. Outside of an evaluation, fuel is unlimited.
 */
import { EvaluationAborted } from './evaluation-aborted.ts'

/** Fuel for one piece of work. One unit is about one statement: tens of nanoseconds. */
export class FuelMeter {
  fuel: number

  constructor(fuel: number) {
    this.fuel = fuel
  }

  /** Throws `EvaluationAborted` when the fuel is used up. */
  spend(amount: number): void {
    this.fuel -= amount
    // Also true for NaN, so that no amount can switch the meter off.
    if (!(this.fuel >= 0)) exhausted()
  }
}

function exhausted(): never {
  throw new EvaluationAborted('fuel', 'the evaluation ran out of fuel')
}

let active = new FuelMeter(Number.POSITIVE_INFINITY)

/** Spends fuel of the meter in use. */
export const spend = (amount: number): void => active.spend(amount)

/** Runs `work`. Its values spend the fuel of `meter`. */
export function metered<T>(meter: FuelMeter, work: () => T): T {
  const before = active
  active = meter
  try {
    return work()
  } finally {
    active = before
  }
}

/** Texts up to this length cost no fuel by themselves: their statement pays for them. UTF-16 units. */
export const freeUnits = 64

/** Spends fuel for comparing or hashing a text, which the machine does in blocks. */
export function spendOnText(text: string): void {
  if (text.length > freeUnits) active.spend(text.length >> 7)
}
