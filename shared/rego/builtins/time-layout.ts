/** Formats and parses times with Go's layouts. Pure. A layout shows how Monday, 2 January 2006, 15:04:05 -07:00 would be written. */
import { type Local, utc } from './local-time.ts'

const named: Readonly<Record<string, string>> = {
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

const expanded = (layout: string): string => (Object.hasOwn(named, layout) ? (named[layout] as string) : layout)
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

/** A layout element: its pattern, and the part of the time that it sets. */
const readers: Readonly<Record<string, readonly [string, string]>> = {
  '2006': ['\\d{4}', 'year'],
  '06': ['\\d{2}', 'shortYear'],
  January: [months.join('|'), 'month'],
  Jan: [months.map((name) => name.slice(0, 3)).join('|'), 'month'],
  '01': ['\\d{2}', 'monthNumber'],
  '1': ['\\d{1,2}', 'monthNumber'],
  Monday: [weekdays.join('|'), ''],
  Mon: [weekdays.map((name) => name.slice(0, 3)).join('|'), ''],
  '02': ['\\d{2}', 'day'],
  _2: [' ?\\d{1,2}', 'day'],
  '2': ['\\d{1,2}', 'day'],
  '002': ['\\d{3}', 'dayOfYear'],
  __2: [' {0,2}\\d{1,3}', 'dayOfYear'],
  '15': ['\\d{1,2}', 'hour'],
  '03': ['\\d{2}', 'hour'],
  '3': ['\\d{1,2}', 'hour'],
  '04': ['\\d{2}', 'minute'],
  '4': ['\\d{1,2}', 'minute'],
  '05': ['\\d{2}(?:[.,]\\d+)?', 'second'],
  '5': ['\\d{1,2}(?:[.,]\\d+)?', 'second'],
  PM: ['AM|PM', 'half'],
  pm: ['am|pm', 'half'],
  MST: ['UTC|[A-Z]{3,5}|[+-]\\d{2}', 'zone'],
}

function zonePattern(piece: string): string {
  const colon = piece.includes(':') ? ':' : ''
  const parts = [1, piece.length > 3 ? 1 : 0, piece.replaceAll(':', '').length > 5 ? 1 : 0].filter((part) => part === 1)
  const signed = `[+-]${parts.map(() => '\\d{2}').join(colon)}`
  return piece[0] === 'Z' ? `Z|${signed}` : signed
}

/** Nanoseconds since 1970; null if the text does not match the layout. */
export function parseTime(layout: string, text: string): bigint | null {
  if (layout.length > 256 || text.length > 256) return null
  const names: string[] = []
  let pattern = '^'
  let from = 0
  const full = expanded(layout)
  const literal = (part: string) => part.replace(/[\\.+*?()|[\]{}^$/-]/g, '\\$&').replace(/ +/g, ' *')
  for (const match of full.matchAll(pieces)) {
    pattern += literal(full.slice(from, match.index))
    from = match.index + match[0].length
    const piece = match[0]
    const reader = Object.hasOwn(readers, piece) ? readers[piece] : undefined
    if (reader) {
      pattern += `(${reader[0]})`
      names.push(reader[1])
    } else if (piece[0] === '.' || piece[0] === ',') {
      // Seconds accept a fraction even if the layout has none. A fraction of nines in the layout is optional.
      if (piece[1] === '0') pattern += '(?<=[.,]\\d+)'
      names.push()
    } else {
      pattern += `(${zonePattern(piece)})`
      names.push('offset')
    }
  }
  const found = new RegExp(`${pattern}${literal(full.slice(from))}$`, 'i').exec(text)
  if (!found) return null
  const read = new Map<string, string>(names.map((name, at) => [name, found[at + 1] as string]))
  return instantOf(read)
}

function instantOf(read: ReadonlyMap<string, string>): bigint | null {
  const number = (name: string, otherwise: number): number => (read.has(name) ? Number((read.get(name) as string).trim()) : otherwise)
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
