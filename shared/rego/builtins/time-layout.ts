/** Formats and parses times with Go's layouts. Pure. A layout shows how Monday, 2 January 2006, 15:04:05 -07:00 would be written. */
import { digitsEnd } from '../number.ts'
import { type LocalTime, utcSeconds } from './local-time.ts'

const layoutsByName: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
}

const elementPattern =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|002|_2(?!006)|01|02|03|04|05|06|15|PM|pm|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?!\d)|1|2|3|4|5/g

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
/** English names of the days of the week, from Sunday. */
export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const layoutOf = (layout: string): string => (Object.hasOwn(layoutsByName, layout) ? (layoutsByName[layout] as string) : layout)
const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `time` in a layout of Go, or in one of its named layouts. */
export function formatTime(layout: string, time: LocalTime): string {
  const dayOfYear = (utcSeconds(time.year, time.month, time.day) - utcSeconds(time.year, 1, 1)) / 86_400 + 1
  const hour12 = time.hour % 12 || 12
  return layoutOf(layout).replace(elementPattern, (element) => {
    switch (element) {
      case '2006':
        return time.year < 0 ? `-${String(-time.year).padStart(4, '0')}` : String(time.year).padStart(4, '0')
      case '06':
        return twoDigits(((time.year % 100) + 100) % 100)
      case 'January':
        return months[time.month - 1] as string
      case 'Jan':
        return (months[time.month - 1] as string).slice(0, 3)
      case '01':
        return twoDigits(time.month)
      case '1':
        return String(time.month)
      case 'Monday':
        return weekdays[time.weekday] as string
      case 'Mon':
        return (weekdays[time.weekday] as string).slice(0, 3)
      case '02':
        return twoDigits(time.day)
      case '_2':
        return String(time.day).padStart(2, ' ')
      case '2':
        return String(time.day)
      case '002':
        return String(dayOfYear).padStart(3, '0')
      case '__2':
        return String(dayOfYear).padStart(3, ' ')
      case '15':
        return twoDigits(time.hour)
      case '03':
        return twoDigits(hour12)
      case '3':
        return String(hour12)
      case '04':
        return twoDigits(time.minute)
      case '4':
        return String(time.minute)
      case '05':
        return twoDigits(time.second)
      case '5':
        return String(time.second)
      case 'PM':
        return time.hour >= 12 ? 'PM' : 'AM'
      case 'pm':
        return time.hour >= 12 ? 'pm' : 'am'
      case 'MST':
        return time.zone
    }
    if (element[0] === '.' || element[0] === ',') {
      const digits = String(time.nano)
        .padStart(9, '0')
        .slice(0, element.length - 1)
      if (element[1] === '0') return element[0] + digits.padEnd(element.length - 1, '0')
      const significant = digits.replace(/0+$/, '')
      return significant === '' ? '' : element[0] + significant
    }
    return formatOffset(element, time.offsetSeconds)
  })
}

function formatOffset(element: string, seconds: number): string {
  if (element[0] === 'Z' && seconds === 0) return 'Z'
  const absolute = Math.abs(seconds)
  const colon = element.includes(':') ? ':' : ''
  const parts = [twoDigits(Math.floor(absolute / 3600))]
  if (element.length > 3) parts.push(twoDigits(Math.floor(absolute / 60) % 60))
  if (element.replaceAll(':', '').length > 5) parts.push(twoDigits(absolute % 60))
  return (seconds < 0 ? '-' : '+') + parts.join(colon)
}

/** Reads one element of a layout: the end of its text from `position`, or -1. */
type Reader = (text: string, position: number) => number

const digits =
  (min: number, max: number, spaces = 0): Reader =>
  (text, position) => {
    let from = position
    while (from < position + spaces && text[from] === ' ') from++
    const end = Math.min(digitsEnd(text, from), from + max)
    return end - from < min ? -1 : end
  }

/** Seconds may have a fraction even if the layout has none. */
const seconds =
  (min: number): Reader =>
  (text, position) => {
    const end = digits(min, 2)(text, position)
    if (end < 0 || (text[end] !== '.' && text[end] !== ',')) return end
    const fraction = digitsEnd(text, end + 1)
    return fraction === end + 1 ? end : fraction
  }

const word =
  (words: readonly string[]): Reader =>
  (text, position) => {
    const word = words.find((name) => literalEnd(name, text, position) > 0)
    return word === undefined ? -1 : position + word.length
  }

const zoneName: Reader = (text, position) => {
  if (text[position] === '+' || text[position] === '-') return digits(2, 2)(text, position + 1)
  let end = position
  while (end < position + 5 && /[a-z]/i.test(text[end] ?? '')) end++
  return end - position < 3 ? -1 : end
}

/** `-07:00` and similar elements. */
const zoneOffset =
  (element: string): Reader =>
  (text, position) => {
    if (element[0] === 'Z' && text[position]?.toUpperCase() === 'Z') return position + 1
    if (text[position] !== '+' && text[position] !== '-') return -1
    const parts = [true, element.length > 3, element.replaceAll(':', '').length > 5].filter(Boolean).length
    let end = position + 1
    for (let part = 0; part < parts && end >= 0; part++) {
      if (part > 0 && element.includes(':')) {
        if (text[end] !== ':') return -1
        end++
      }
      end = digits(2, 2)(text, end)
    }
    return end
  }

/** A fraction with zeros in the layout needs a fraction in the text. The reader of the seconds has passed it, so this one looks back. */
const fraction: Reader = (text, position) => {
  let from = position
  while (from > 0 && digitsEnd(text, from - 1) > from - 1) from--
  return from < position && (text[from - 1] === '.' || text[from - 1] === ',') ? position : -1
}

/** The end of `literal` in `text`, ignoring case. A space of the layout matches any number of spaces. -1: no match. */
function literalEnd(literal: string, text: string, position: number): number {
  let end = position
  for (let index = 0; index < literal.length; index++) {
    if (literal[index] === ' ') while (text[end] === ' ') end++
    else if (text[end]?.toUpperCase() === literal[index]?.toUpperCase()) end++
    else return -1
  }
  return end
}

const short = (names: readonly string[]): readonly string[] => names.map((name) => name.slice(0, 3))

/** Each layout element, and the part of the time that it sets. */
const readers: Readonly<Record<string, readonly [Reader, string]>> = {
  '2006': [digits(4, 4), 'year'],
  '06': [digits(2, 2), 'shortYear'],
  January: [word(months), 'month'],
  Jan: [word(short(months)), 'month'],
  '01': [digits(2, 2), 'monthNumber'],
  '1': [digits(1, 2), 'monthNumber'],
  Monday: [word(weekdays), ''],
  Mon: [word(short(weekdays)), ''],
  '02': [digits(2, 2), 'day'],
  _2: [digits(1, 2, 1), 'day'],
  '2': [digits(1, 2), 'day'],
  '002': [digits(3, 3), 'dayOfYear'],
  __2: [digits(1, 3, 2), 'dayOfYear'],
  '15': [digits(1, 2), 'hour'],
  '03': [digits(2, 2), 'hour'],
  '3': [digits(1, 2), 'hour'],
  '04': [digits(2, 2), 'minute'],
  '4': [digits(1, 2), 'minute'],
  '05': [seconds(2), 'second'],
  '5': [seconds(1), 'second'],
  PM: [word(['AM', 'PM']), 'half'],
  pm: [word(['am', 'pm']), 'half'],
  MST: [zoneName, 'zone'],
}

/** Nanoseconds since 1970; null if the text does not match the layout. */
export function parseTime(layout: string, text: string): bigint | null {
  if (layout.length > 256 || text.length > 256) return null
  const fields = new Map<string, string>()
  const full = layoutOf(layout)
  let from = 0
  let position = 0
  for (const { 0: element, index } of full.matchAll(elementPattern)) {
    position = literalEnd(full.slice(from, index), text, position)
    if (position < 0) return null
    from = index + element.length
    const isFraction = element[0] === '.' || element[0] === ','
    // A fraction of nines in the layout is optional.
    if (isFraction && element[1] !== '0') continue
    const entry = Object.hasOwn(readers, element) ? readers[element] : undefined
    const [reader, name] = entry ?? (isFraction ? [fraction, ''] : [zoneOffset(element), 'offset'])
    const end = reader(text, position)
    if (end < 0) return null
    fields.set(name, text.slice(position, end))
    position = end
  }
  return literalEnd(full.slice(from), text, position) === text.length ? instantOf(fields) : null
}

function instantOf(fields: ReadonlyMap<string, string>): bigint | null {
  const number = (name: string, fallback: number): number => (fields.has(name) ? Number((fields.get(name) as string).trim()) : fallback)
  const short = number('shortYear', -1)
  const year = fields.has('year') ? number('year', 0) : short < 0 ? 0 : short >= 69 ? 1900 + short : 2000 + short
  const word = fields.get('month')?.slice(0, 3).toLowerCase()
  let month = word === undefined ? number('monthNumber', 1) : months.findIndex((name) => name.slice(0, 3).toLowerCase() === word) + 1
  let day = number('day', 1)
  if (fields.has('dayOfYear')) {
    const date = new Date(utcSeconds(year, 1, number('dayOfYear', 1)) * 1000)
    month = date.getUTCMonth() + 1
    day = date.getUTCDate()
  }
  let hour = number('hour', 0)
  const minute = number('minute', 0)
  const [seconds = '0', fraction = ''] = (fields.get('second') ?? '0').split(/[.,]/)
  const second = Number(seconds)
  const meridiem = fields.get('half')?.toLowerCase()
  if (meridiem === 'pm' && hour < 12) hour += 12
  else if (meridiem === 'am' && hour === 12) hour = 0
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null
  const date = new Date(utcSeconds(year, month, day) * 1000)
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  const zone = fields.get('offset') ?? ''
  const parts = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/.exec(zone)
  const offsetSeconds = parts
    ? (Number(parts[2]) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0)) * (parts[1] === '-' ? -1 : 1)
    : 0
  const nano = BigInt(fraction.slice(0, 9).padEnd(9, '0') || '0')
  return BigInt(utcSeconds(year, month, day, hour, minute, second) - offsetSeconds) * 1_000_000_000n + nano
}
