/** Values of a given size that have broken evaluators: long texts, many members, deep nesting, and shared members. */
import { parseNumber } from '../../../shared/rego/number.ts'
import { Dict, RegoSet, type RegoValue } from '../../../shared/rego/value.ts'

const fill = (text: string, units: number) => text.repeat(Math.ceil(units / text.length)).slice(0, units)
const list = <T>(units: number, unitsPerMember: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.ceil(units / unitsPerMember) }, (_, index) => make(index))

/** An array with 2^levels paths. Each level is one array. */
export function shared(
  levels: number,
  combine: (member: RegoValue) => RegoValue = (member) => [member, member],
  leaf: RegoValue = 'x',
): RegoValue {
  let value = leaf
  for (let level = 0; level < levels; level++) value = combine(value)
  return value
}

const dict = (pairs: Iterable<readonly [RegoValue, RegoValue]>): Dict => {
  const created = new Dict()
  for (const [key, value] of pairs) created.set(key, value)
  return created
}
const levelsOf = (units: number) => Math.min(48, Math.ceil(units / 20))
/** Nesting that a comparison survives without overflow of the stack. */
const depthOf = (units: number) => Math.min(2_000, Math.ceil(units / 2))

/** Makes a value of about this many units. */
export type Shape = (units: number) => RegoValue

export const texts: Readonly<Record<string, Shape>> = {
  letters: (units) => fill('a', units),
  words: (units) => fill('the quick brown fox ', units),
  'spaces within': (units) => `a${fill(' ', units)}a`,
  'an odd end': (units) => `${fill('a', units)}b`,
  'an odd start': (units) => `b${fill('a', units / 2)}`,
  digits: (units) => fill('7', units),
  'digits of a duration': (units) => `${fill('1', units)}!`,
  durations: (units) => fill('1ns', units),
  backslashes: (units) => fill('\\', units),
  parentheses: (units) => fill('(', units),
  'empty groups': (units) => fill('()', units),
  'a long class': (units) => `(?i)[${fill('acegikmoqsuwy', Math.min(units, 3_000))}]*`,
  repetitions: () => '(?:(?:a{30}){30}){9}',
  'many alternatives': (units) => fill('a|', Math.min(units, 3_000)),
  verbs: (units) => fill('%[1]s', units),
  'wide verbs': (units) => fill('%*d', units),
  percents: (units) => fill('%', units),
  escapes: (units) => fill('%c3%a9', units),
  query: (units) => fill('a=1&', units),
  slashes: (units) => fill('/', units),
  dollars: (units) => fill('${a', units),
  emoji: (units) => fill('👩', units),
  base64: (units) => fill('QUJD', Math.ceil(units / 4) * 4),
  hex: (units) => fill('c3a9', Math.ceil(units / 4) * 4),
  brackets: (units) => fill('[', units),
  json: (units) => `[${fill('{"a":[1]},', Math.ceil(units / 10) * 10)}0]`,
  layout: (units) => fill('1', Math.min(units, 250)),
  'a fraction layout': (units) => fill('.000', units),
  version: (units) => `1.2.3-${fill('1a.', units)}0`,
  uri: (units) => `https://a.example/${fill('a%20', units)}?${fill('b', units)}`,
  stars: (units) => fill('a*', units),
  'one character': () => 'a',
  'another character': () => 'e',
  date: () => '2026-11-29T10:00:00Z',
  zone: () => 'Europe/Zurich',
  network: () => '10.0.0.0/8',
  address: () => '10.1.2.3',
}

const leaf = '10.0.0.0/24'

export const shapes: Readonly<Record<string, Shape>> = {
  ...texts,
  one: () => 1,
  ten: () => 10,
  instant: () => 1.7e18,
  truth: () => true,
  nothing: () => null,
  'a long number': (units) => parseNumber(fill('7', Math.min(units, 4_000))) as RegoValue,
  'a number of one digit and many zeros': (units) => parseNumber(`1e${Math.min(units, 4_000)}`) as RegoValue,
  'a tiny number': () => 1e-300,
  numbers: (units) => list(units, 2, (index) => index),
  'long numbers': (units) => list(units, 400, () => parseNumber(fill('7', 300)) as RegoValue),
  'short texts': (units) => list(units, 8, (index) => `n${index % 1_000}`),
  networks: (units) => list(units, 12, (index) => `10.${index & 255}.${(index >> 8) & 255}.0/24`),
  'a set of texts': (units) => new RegoSet(list(units, 8, (index) => `n${index}`)),
  'a set of arrays': (units) => new RegoSet(list(units, 16, (index) => ['n', index])),
  'a set of networks': (units) => new RegoSet(list(units, 12, (index) => `10.${index & 255}.${(index >> 8) & 255}.0/24`)),
  'equal arrays': (units) => list(units, 8, () => ['a']),
  'one text often': (units) => list(units, 1_000, () => fill('b', units)),
  object: (units) => dict(list(units, 16, (index) => [`n${index}`, `n${index + 1}`])),
  json_object: (units) => Object.fromEntries(list(units, 16, (index) => [`n${index}`, index])),
  graph: (units) => dict(list(Math.min(units, 4_000), 16, (index) => [`n${index}`, list(64, 8, (next) => `n${(index * 7 + next) % 250}`)])),
  'deep arrays': (units) => shared(depthOf(units), (member) => [member]),
  'deep objects': (units) => shared(depthOf(units), (member) => dict([['a', member]])),
  'shared arrays': (units) => shared(levelsOf(units)),
  'shared objects': (units) =>
    shared(levelsOf(units), (member) =>
      dict([
        ['a', member],
        ['b', member],
      ]),
    ),
  'shared lists of sets': (units) => shared(levelsOf(units), (member) => [member, member], new RegoSet(['x'])),
  'sets of sets': (units) => new RegoSet(list(units, 64, (index) => new RegoSet([`n${index}`, leaf]))),
  'arrays of texts': (units) => list(units, 64, () => ['a', 'b', leaf]),
  'one big member often': (units) => {
    const member = list(units, 64, (index) => index)
    return list(units, 64, () => member)
  },
  patches: (units) =>
    list(units, 64, () =>
      dict([
        ['op', 'add'],
        ['path', 'a/b'],
        ['value', 1],
      ]),
    ),
  objects: (units) => list(units, 64, (index) => dict([[`n${index}`, index]])),
  'an instant with a layout': (units) => [1.7e18, 'Europe/Zurich', fill('Jan', units)],
  options: () => dict([['pretty', true]]),
}
