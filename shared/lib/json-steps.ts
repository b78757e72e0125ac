/**
 * Parses long JSON in steps, with the results and the errors of `JSON.parse`. Pure. A list or object that is longer than a step is cut at
 * its commas. `JSON.parse` parses groups of its elements. It checks every group, so this code only has to find the commas.
 */
import type { Steps } from './steps.ts'

/** UTF-16 units that one step parses: some milliseconds. */
export const parseUnits = 262_144
/** UTF-16 units that one step searches for commas and for the end of a string. Most of them are in strings, which are skipped fast. */
export const searchUnits = 2_097_152
/** Lists and objects that are nested deeper are parsed as one. Each level is searched once more. */
const maxLevels = 6

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrackets = new Set([0x5b, 0x7b])
const closeBrackets = new Set([0x5d, 0x7d])
const whitespace = new Set([0x20, 0x09, 0x0a, 0x0d])

/** The value of `text`. Throws `SyntaxError`, as `JSON.parse` does. */
export function* parseJsonSteps(text: string): Steps<unknown> {
  return yield* parsePart(text, maxLevels)
}

function* parsePart(text: string, levels: number): Steps<unknown> {
  if (text.length <= parseUnits || levels === 0) return JSON.parse(text)
  const part = yield* trimWhitespace(text)
  const [open, close] = [part[0], part.at(-1)]
  const isList = open === '[' && close === ']'
  const groups = isList || (open === '{' && close === '}') ? yield* groupsOf(part) : undefined
  // A string, a number, or an error that `JSON.parse` reports.
  if (!groups) return JSON.parse(part)
  return isList ? yield* parseList(groups, levels) : yield* parseObject(groups, levels)
}

/** Neighbouring elements of a list, or members of an object, without the commas around them. `isLong`: a single long element or member. */
interface Group {
  readonly text: string
  readonly isLong: boolean
}

function* parseList(groups: readonly Group[], levels: number): Steps<unknown[]> {
  const list: unknown[] = []
  for (const { text, isLong } of groups) {
    yield
    if (isLong) list.push(yield* parsePart(text, levels - 1))
    else for (const element of JSON.parse(`[${text}]`) as unknown[]) list.push(element)
  }
  return list
}

function* parseObject(groups: readonly Group[], levels: number): Steps<object> {
  const object = {}
  for (const { text, isLong } of groups) {
    yield
    const members: object = isLong ? yield* parseMember(text, levels) : JSON.parse(`{${text}}`)
    // An assignment to a member `__proto__` would set the prototype.
    for (const [name, value] of Object.entries(members))
      Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return object
}

/** One long member as an object. */
function* parseMember(text: string, levels: number): Steps<object> {
  const start = text.indexOf('"')
  const end = start < 0 ? -1 : yield* endOfString(text, start)
  const colon = end < 0 ? -1 : text.indexOf(':', end)
  if (colon < 0 || text.slice(end + 1, colon).trim() !== '') return JSON.parse(`{${text}}`)
  // The name with a short value: checks and reads the name.
  const member: Record<string, unknown> = JSON.parse(`{${text.slice(0, colon)}:0}`)
  const value = yield* parsePart(text.slice(colon + 1), levels - 1)
  return Object.defineProperty({}, Object.keys(member)[0] ?? '', { value, enumerable: true })
}

/**
 * The content between the outer brackets of `text`, in groups of at most `parseUnits`. A longer element is a group of its own. Undefined:
 * the last bracket does not close the first, or there is nothing between them.
 */
function* groupsOf(text: string): Steps<Group[] | undefined> {
  const groups: Group[] = []
  const add = (from: number, to: number, isLong: boolean) => groups.push({ text: text.slice(from, to), isLong })
  let depth = 0
  /** Where the group begins, and its last comma; the comma before the group if it has none. */
  let from = 1
  let last = 0
  let pauseAt = searchUnits
  const cutAt = (at: number) => {
    if (at - from > parseUnits && last > from) {
      add(from, last, false)
      from = last + 1
    }
    if (at - from > parseUnits) {
      add(from, at, true)
      from = at + 1
    }
    last = at
  }
  for (let at = 0; at < text.length; at += 1) {
    if (at >= pauseAt) {
      pauseAt = at + searchUnits
      yield
    }
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      at = yield* endOfString(text, at)
      if (at < 0) return undefined
    } else if (openBrackets.has(unit)) depth += 1
    else if (closeBrackets.has(unit)) {
      depth -= 1
      if (depth === 0 && at < text.length - 1) return undefined
    } else if (unit === comma && depth === 1) cutAt(at)
  }
  if (depth !== 0) return undefined
  cutAt(text.length - 1)
  if (from < text.length) add(from, text.length - 1, false)
  // `JSON.parse` does not see the comma before or after an empty group.
  if (groups.some((group) => group.text.trim() === '')) return undefined
  return groups
}

/** `text` without the white space of JSON around it. */
function* trimWhitespace(text: string): Steps<string> {
  let from = 0
  let to = text.length
  for (; from < to && whitespace.has(text.charCodeAt(from)); from += 1) if (from % searchUnits === searchUnits - 1) yield
  for (; to > from && whitespace.has(text.charCodeAt(to - 1)); to -= 1) if ((text.length - to) % searchUnits === searchUnits - 1) yield
  return text.slice(from, to)
}

/** The position of the quote that ends the string at `start`. -1: none. */
function* endOfString(text: string, start: number): Steps<number> {
  let startsWithEscaped = false
  for (let from = start + 1; from < text.length; from += searchUnits) {
    if (from > start + 1) yield
    const window = text.slice(from, from + searchUnits)
    for (let end = window.indexOf('"'); end >= 0; end = window.indexOf('"', end + 1))
      if (!isEscaped(window, end, startsWithEscaped)) return from + end
    startsWithEscaped = isEscaped(window, window.length, startsWithEscaped)
  }
  return -1
}

/** Whether a backslash escapes the unit at `at`. `isFirstEscaped`: a backslash before the window escapes its first unit. */
function isEscaped(window: string, at: number, isFirstEscaped: boolean): boolean {
  let run = at
  while (run > 0 && window.charCodeAt(run - 1) === backslash) run -= 1
  const isOdd = (at - run) % 2 === 1
  return run === 0 ? isOdd !== isFirstEscaped : isOdd
}
