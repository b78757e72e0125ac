/** Formats and parses times with Go's layouts. Pure. A layout shows how Monday, 2 January 2006, 15:04:05 -07:00 would be written. */
import { digitsEnd } from '../number.ts'
import { type Local, utc } from './local-time.ts'

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

const pieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|002|_2(?!006)|01|02|03|04|05|06|15|PM|pm|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?!\d)|1|2|3|4|5/g

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const expanded = (layout: string): string => (Object.hasOwn(layoutsByName, layout) ? (layoutsByName[layout] as string) : layout)
const two = (value: number): string => String(value).padStart(2, '0')

export function formatTime(layout: string, time: Local): string {
  const dayOfYear = (utc(time.year, time.month, time.day) - utc(time.year, 1, 1)) / 86_400 + 1
  const twelve = time.hour % 12 || 12
  return expanded(layout).replace(pieces, (piece) => {
    switch (piece) {
      case '2006':
        return time.year < 0 ? `-${String(-time.year).padStart(4, '0')}` : String(time.year).padStart(4, '0')
      case '06':
        return two(((time.year % 100) + 100) % 100)
      case 'January':
        return months[time.month - 1] as string
      case 'Jan':
        return (months[time.month - 1] as string).slice(0, 3)
      case '01':
        return two(time.month)
      case '1':
        return String(time.month)
      case 'Monday':
        return weekdays[time.weekday] as string
      case 'Mon':
        return (weekdays[time.weekday] as string).slice(0, 3)
      case '02':
        return two(time.day)
      case '_2':
        return String(time.day).padStart(2, ' ')
      case '2':
        return String(time.day)
      case '002':
        return String(dayOfYear).padStart(3, '0')
      case '__2':
        return String(dayOfYear).padStart(3, ' ')
      case '15':
        return two(time.hour)
      case '03':
        return two(twelve)
      case '3':
        return String(twelve)
      case '04':
        return two(time.minute)
      case '4':
        return String(time.minute)
      case '05':
        return two(time.second)
      case '5':
        return String(time.second)
      case 'PM':
        return time.hour >= 12 ? 'PM' : 'AM'
      case 'pm':
        return time.hour >= 12 ? 'pm' : 'am'
      case 'MST':
        return time.zone
    }
    if (piece[0] === '.' || piece[0] === ',') {
      const digits = String(time.nano)
        .padStart(9, '0')
        .slice(0, piece.length - 1)
      if (piece[1] === '0') return piece[0] + digits.padEnd(piece.length - 1, '0')
      const bare = digits.replace(/0+$/, '')
      return bare === '' ? '' : piece[0] + bare
    }
    return offset(piece, time.offsetSeconds)
  })
}

function offset(piece: string, seconds: number): string {
  if (piece[0] === 'Z' && seconds === 0) return 'Z'
  const size = Math.abs(seconds)
  const colon = piece.includes(':') ? ':' : ''
  const parts = [two(Math.floor(size / 3600))]
  if (piece.length > 3) parts.push(two(Math.floor(size / 60) % 60))
  if (piece.replaceAll(':', '').length > 5) parts.push(two(size % 60))
  return (seconds < 0 ? '-' : '+') + parts.join(colon)
}

/** Reads one element of a layout: the end of its text from `position`, or -1. No reader looks back, so a text is read once. */
type Reader = (text: string, position: number) => number

const digits =
  (least: number, most: number, spaces = 0): Reader =>
  (text, position) => {
    let from = position
    while (from < position + spaces && text[from] === ' ') from++
    const end = Math.min(digitsEnd(text, from), from + most)
    return end - from < least ? -1 : end
  }

/** Seconds may have a fraction even if the layout has none. */
const seconds =
  (least: number): Reader =>
  (text, position) => {
    const end = digits(least, 2)(text, position)
    if (end < 0 || (text[end] !== '.' && text[end] !== ',')) return end
    const fraction = digitsEnd(text, end + 1)
    return fraction === end + 1 ? end : fraction
  }

const word =
  (words: readonly string[]): Reader =>
  (text, position) => {
    const word = words.find((one) => literalEnd(one, text, position) > 0)
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
  (piece: string): Reader =>
  (text, position) => {
    if (piece[0] === 'Z' && text[position]?.toUpperCase() === 'Z') return position + 1
    if (text[position] !== '+' && text[position] !== '-') return -1
    const parts = [true, piece.length > 3, piece.replaceAll(':', '').length > 5].filter(Boolean).length
    let end = position + 1
    for (let part = 0; part < parts && end >= 0; part++) {
      if (part > 0 && piece.includes(':')) {
        if (text[end] !== ':') return -1
        end++
      }
      end = digits(2, 2)(text, end)
    }
    return end
  }

/** A fraction with zeros in the layout needs one in the text, which the seconds have read. */
const fractionRead: Reader = (text, position) => {
  let from = position
  while (from > 0 && digitsEnd(text, from - 1) > from - 1) from--
  return from < position && (text[from - 1] === '.' || text[from - 1] === ',') ? position : -1
}

/** The end of `literal`, in any case; a space of the layout matches any number of spaces. -1: another text. */
function literalEnd(literal: string, text: string, position: number): number {
  let end = position
  for (let read = 0; read < literal.length; read++) {
    if (literal[read] === ' ') while (text[end] === ' ') end++
    else if (text[end]?.toUpperCase() === literal[read]?.toUpperCase()) end++
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
  const read = new Map<string, string>()
  const full = expanded(layout)
  let from = 0
  let position = 0
  for (const { 0: piece, index } of full.matchAll(pieces)) {
    position = literalEnd(full.slice(from, index), text, position)
    if (position < 0) return null
    from = index + piece.length
    const fraction = piece[0] === '.' || piece[0] === ','
    // A fraction of nines in the layout is optional.
    if (fraction && piece[1] !== '0') continue
    const known = Object.hasOwn(readers, piece) ? readers[piece] : undefined
    const [reader, name] = known ?? (fraction ? [fractionRead, ''] : [zoneOffset(piece), 'offset'])
    const end = reader(text, position)
    if (end < 0) return null
    read.set(name, text.slice(position, end))
    position = end
  }
  return literalEnd(full.slice(from), text, position) === text.length ? instantOf(read) : null
}

function instantOf(read: ReadonlyMap<string, string>): bigint | null {
  const number = (name: string, fallback: number): number => (read.has(name) ? Number((read.get(name) as string).trim()) : fallback)
  const short = number('shortYear', -1)
  const year = read.has('year') ? number('year', 0) : short < 0 ? 0 : short >= 69 ? 1900 + short : 2000 + short
  const word = read.get('month')?.slice(0, 3).toLowerCase()
  let month = word === undefined ? number('monthNumber', 1) : months.findIndex((name) => name.slice(0, 3).toLowerCase() === word) + 1
  let day = number('day', 1)
  if (read.has('dayOfYear')) {
    const date = new Date(utc(year, 1, number('dayOfYear', 1)) * 1000)
    month = date.getUTCMonth() + 1
    day = date.getUTCDate()
  }
  let hour = number('hour', 0)
  const minute = number('minute', 0)
  const [seconds = '0', fraction = ''] = (read.get('second') ?? '0').split(/[.,]/)
  const second = Number(seconds)
  const half = read.get('half')?.toLowerCase()
  if (half === 'pm' && hour < 12) hour += 12
  else if (half === 'am' && hour === 12) hour = 0
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null
  const date = new Date(utc(year, month, day) * 1000)
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  const zone = read.get('offset') ?? ''
  const parts = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/.exec(zone)
  const off = parts ? (Number(parts[2]) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0)) * (parts[1] === '-' ? -1 : 1) : 0
  const nano = BigInt(fraction.slice(0, 9).padEnd(9, '0') || '0')
  return BigInt(utc(year, month, day, hour, minute, second) - off) * 1_000_000_000n + nano
}
