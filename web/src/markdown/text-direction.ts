/** The units that are read. `dir="auto"` reads the whole text at every layout: a second for 100 kB in one field. */
const readUnits = 200

/** Characters with a strong direction (Unicode UAX #9): letters, and the two marks. */
const strong = /[\p{L}\u200e\u200f]/u
const rightToLeft =
  /[\u200f\p{Script=Adlam}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Mandaic}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Syriac}\p{Script=Thaana}]/u

/** UTF-16 units of HTML that are searched for its first text. */
const htmlUnits = 2_000

/** Whether the text of a piece of HTML runs from right to left. Tags and entities have no direction. */
export const isRightToLeft = (html: string): boolean => directionOf(html.slice(0, htmlUnits).replace(/<[^>]*>?|&[#\w]+;/g, ' ')) === 'rtl'

/** The direction of the first strong character of a text (UAX #9, rule P2). A text without one runs left to right. */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const [first] = strong.exec(text.slice(0, readUnits)) ?? []
  return first !== undefined && rightToLeft.test(first) ? 'rtl' : 'ltr'
}
