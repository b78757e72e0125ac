import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../web/src/ui/tokens.css', import.meta.url), 'utf8')
const tokens = new Map(
  Array.from(css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g), ([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

type Scheme = 'light' | 'dark'
const schemes = ['light', 'dark'] as const

function colour(name: string, scheme: Scheme): string {
  const values = tokens.get(name)
  if (values === undefined) throw new Error(`there is no colour --${name}`)
  return values[scheme]
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

describe('The colours', () => {
  const texts = ['text', 'muted', 'subtle', 'accent', 'ok', 'warn', 'error', 'info']
  const backgrounds = ['bg', 'surface', 'raised']

  it.each(schemes)('have enough contrast as text on every background (%s)', (scheme) => {
    for (const text of texts) {
      for (const background of backgrounds) {
        expect(contrast(colour(text, scheme), colour(background, scheme)), `${text} on ${background}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  })

  it.each(schemes)('have enough contrast on the accent (%s)', (scheme) => {
    expect(contrast(colour('on-accent', scheme), colour('accent', scheme))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(schemes)('have enough contrast as control borders and focus rings (%s)', (scheme) => {
    for (const background of backgrounds) {
      expect(contrast(colour('control', scheme), colour(background, scheme)), `control on ${background}`).toBeGreaterThanOrEqual(3)
      expect(contrast(colour('accent', scheme), colour(background, scheme)), `ring on ${background}`).toBeGreaterThanOrEqual(3)
    }
  })
})
