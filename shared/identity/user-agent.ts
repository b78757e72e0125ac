/** Describes a browser and its system in a few words, for the list of sign-ins. Pure. Nothing else of the header is stored. */

type Names = readonly (readonly [pattern: RegExp, name: string])[]

/** The first match wins. Later names also occur in the headers of earlier browsers. */
const browsers: Names = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bHeadlessChrome\/|\bChrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
]
const systems: Names = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const nameIn = (names: Names, text: string): string | undefined => names.find(([pattern]) => pattern.test(text))?.[1]

/** `Firefox on Linux`; empty if neither is known. */
export function describeUserAgent(header: string): string {
  const text = header.slice(0, 500)
  const [browser, system] = [nameIn(browsers, text), nameIn(systems, text)]
  return browser && system ? `${browser} on ${system}` : (browser ?? system ?? '')
}
