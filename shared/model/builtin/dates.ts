/** Answers questions about time: now, days, weekdays, and days between dates. Pure. The clock is the time of the request. */
import {
  addMonths,
  type Day,
  dayInWords,
  dayOf,
  isLeapYear,
  isoDate,
  type LocalTime,
  localTime,
  monthNames,
  toCivilDate,
  weekday,
  weekdayNames,
} from './calendar.ts'

/** The time and time zone of a question. */
export interface Moment {
  /** Unix ms. */
  readonly at: number
  /** The client's IANA name. It may be invalid. */
  readonly zone: string | undefined
}

/** A date in a message. */
type NamedDate =
  | { readonly kind: 'day'; readonly day: Day; readonly yearless: CivilWithoutYear | undefined }
  | { readonly kind: 'impossible'; readonly why: string }

interface CivilWithoutYear {
  readonly month: number
  readonly day: number
}

/** The answer to a question about dates or time; `undefined` for any other message. */
export function dates(message: string, moment: Moment): string | undefined {
  const text = message.trim()
  // A question about time is short. A longer text that contains a date is something else.
  if (text.length > 300) return undefined
  const local = localTime(moment.at, moment.zone || 'UTC')
  const answer = timeNow(text, moment, local) ?? today(text, local) ?? namedDateAnswer(text, local) ?? leapYear(text)
  if (answer === undefined) return undefined
  return answer.ignoresZone || local.isZoneKnown
    ? answer.text
    : `${answer.text}\n\n“${moment.zone}” is not a time zone I know, so I used UTC.`
}

interface Answer {
  readonly text: string
  /** Independent of the time zone. */
  readonly ignoresZone?: boolean
}

const inZone = (local: LocalTime, moment?: Moment): string =>
  moment !== undefined && !moment.zone
    ? 'in UTC (your client sent no time zone)'
    : `in ${local.zone}${local.offset === local.zone ? '' : ` (${local.offset})`}`

function timeNow(text: string, moment: Moment, local: LocalTime): Answer | undefined {
  const match =
    /\b(?:what(?:['’]?s| is)?|tell me|the) (?:the )?(?:current |local |exact )?time\b(?! ?(?:zone|line|table|did|does|do|will|was|were|should|can))(?: is it| it is)?(?: now| right now)?(?: in ([\p{L}\p{M} _/+-]+?))?\s*[?.!]*$|^(?:the )?(?:current )?time(?: now)?\s*[?.!]*$/iu.exec(
      text,
    )
  if (match === null) return undefined
  const place = match[1]?.replace(/ (?:right )?now$/, '')
  if (place === undefined || /^(?:here|my time ?zone)$/i.test(place)) {
    return { text: `It is **${local.time}** on ${dayInWords(local.today)}, ${inZone(local, moment)}.` }
  }
  const zone = zoneOf(place)
  if (zone === undefined)
    return { text: `I know no time zone for “${place}”. Name one as the tz database does, such as Asia/Tokyo.`, ignoresZone: true }
  const zoneTime = localTime(moment.at, zone)
  return { text: `It is **${zoneTime.time}** on ${dayInWords(zoneTime.today)}, ${inZone(zoneTime)}.`, ignoresZone: true }
}

/** The zone that `place` names: `Asia/Tokyo`, or its city, `Tokyo`. */
function zoneOf(place: string): string | undefined {
  const name = place.trim().replaceAll(' ', '_').toLowerCase()
  if (/^(?:utc|gmt)$/.test(name)) return 'UTC'
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === name || zone.toLowerCase().endsWith(`/${name}`))
}

function today(text: string, local: LocalTime): Answer | undefined {
  const match =
    /\b(?:what(?:['’]?s| is)?|which|tell me) (?:the )?(?:current |today['’]?s )?(?:date|day|weekday)(?: of the week)?(?: (?:is it|it is|is|are we|do we have))?(?: today| now)?\s*[?.!]*$|^(?:the |today['’]?s )?(?:date|today)(?: today)?\s*[?.!]*$|\bwhat(?:['’]?s| is) today\s*[?.!]*$|\bwhat (?:year|month) is it\b/i
  return match.test(text) ? { text: `Today is **${dayInWords(local.today)}** (${isoDate(local.today)}), ${inZone(local)}.` } : undefined
}

const asksForDay = /\b(?:what|which)\b.*\b(?:date|day|weekday|is|was|will)\b|\bwhen(?:['’]?s| is| was| will)\b|\bon (?:what|which)\b/i
const asksForCount =
  /\bhow (?:many|long|much time)\b|\b(?:days|weeks|difference|time|countdown)\b.*\b(?:between|until|till|since|from|to|left)\b/i

function namedDateAnswer(text: string, local: LocalTime): Answer | undefined {
  const shift = relativeDateAnswer(text, local)
  if (shift !== undefined) return shift
  const [first, second] = findDates(text, local)
  if (first === undefined) return undefined
  const asksCount = asksForCount.test(text)
  const isBareDate = /^[^\p{L}]*$/u.test(text) || /^(?:tomorrow|yesterday)\s*[?.!]*$/i.test(text)
  if (!asksCount && !asksForDay.test(text) && !isBareDate) return undefined
  const impossible = [first, second].find((date) => date?.kind === 'impossible')
  if (impossible?.kind === 'impossible') return { text: impossible.why, ignoresZone: true }
  if (first.kind !== 'day') return undefined
  if (second?.kind === 'day' && (asksCount || isBareDate)) return between(first.day, second.day)
  if (asksCount) return fromToday(text, first, local)
  // More words than the question needs: the message is about something else that contains a day.
  const rest =
    text
      .replace(datePattern(), ' ')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  if (!rest.every((word) => questionWords.has(word))) return undefined
  const isPast = first.yearless !== undefined && first.day < local.today && /\bwhen(?:['’]?s| is| will)\b/i.test(text)
  const day = isPast && first.yearless ? (nearestYearWith(first.yearless, toCivilDate(local.today).year + 1, 1) ?? first.day) : first.day
  const offset = day - local.today
  const tense = offset < 0 ? 'was' : 'is'
  const distance =
    offset === 0
      ? 'today'
      : offset === 1
        ? 'tomorrow'
        : offset === -1
          ? 'yesterday'
          : offset > 0
            ? `in ${days(offset)}`
            : `${days(-offset)} ago`
  return { text: `**${dayInWords(day)}** (${isoDate(day)}) ${tense} ${distance}.` }
}

const questionWords = new Set(
  `so and hey please can could you tell me what whats s which when whens on is was will be it the date day days weekday of week in for
  fall falls fell a this year does do did kind`.split(/\s+/),
)

function between(a: Day, b: Day): Answer {
  const [from, to] = a <= b ? [a, b] : [b, a]
  return { text: `From ${dayInWords(from)} to ${dayInWords(to)} it is **${days(to - from)}**${inWeeks(to - from)}.` }
}

function fromToday(text: string, date: NamedDate & { kind: 'day' }, local: LocalTime): Answer {
  const backwards = /\b(?:since|ago|passed|after|old)\b/i.test(text)
  let day = date.day
  const thisYear = toCivilDate(local.today).year
  if (date.yearless && backwards && day > local.today) day = nearestYearWith(date.yearless, thisYear - 1, -1) ?? day
  if (date.yearless && !backwards && day < local.today) day = nearestYearWith(date.yearless, thisYear + 1, 1) ?? day
  const distance = day - local.today
  if (distance === 0) return { text: `${dayInWords(day)} is **today**.` }
  return {
    text: `From today, ${dayInWords(local.today)}, ${distance > 0 ? 'it is' : 'it has been'} **${days(Math.abs(distance))}**${inWeeks(Math.abs(distance))} ${distance > 0 ? 'until' : 'since'} ${dayInWords(day)}.`,
  }
}

/** The first year with this date, from `year` on, in the direction of `step`. 29 February needs a leap year. */
function nearestYearWith(date: CivilWithoutYear, year: number, step: 1 | -1): Day | undefined {
  for (let offset = 0; offset < 8; offset++) {
    const day = dayOf({ ...date, year: year + offset * step })
    if (day !== undefined) return day
  }
  return undefined
}

const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`)

function inWeeks(count: number): string {
  if (count < 14) return ''
  const [weeks, rest] = [Math.floor(count / 7), count % 7]
  return ` (${weeks} weeks${rest === 0 ? '' : ` and ${days(rest)}`})`
}

const numberWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve']

/** `in 10 days`, `3 weeks ago`, `90 days after 2026-01-15`. */
function relativeDateAnswer(text: string, local: LocalTime): Answer | undefined {
  const pattern = new RegExp(
    String.raw`\b(?:in )?(\d{1,6}|an?|${numberWords.slice(1).join('|')}) (day|week|month|year)s? ?\b(from now|from today|ago|before|after|from|later|earlier)?`,
    'i',
  ).exec(text)
  if (pattern === null || !(asksForDay.test(text) || /^[^a-z]*in \d/i.test(text)) || /\bhow (?:many|long)\b/i.test(text)) return undefined
  const [phrase, amount = '', unit = '', direction = ''] = pattern
  if (direction === '' && !/^in /i.test(phrase)) return undefined
  const anchor = /^(?:before|after|from)$/i.test(direction) ? findDates(text.slice(pattern.index + phrase.length), local)[0] : undefined
  if (anchor?.kind === 'impossible') return { text: anchor.why, ignoresZone: true }
  if (/^(?:before|after|from)$/i.test(direction) && anchor === undefined) return undefined
  const count = /^an?$/i.test(amount) ? 1 : /^\d/.test(amount) ? Number(amount) : numberWords.indexOf(amount.toLowerCase())
  const signedCount = /^(?:ago|before|earlier)$/i.test(direction) ? -count : count
  const start = anchor?.day ?? local.today
  const day =
    unit.toLowerCase() === 'day'
      ? start + signedCount
      : unit.toLowerCase() === 'week'
        ? start + 7 * signedCount
        : addMonths(start, unit.toLowerCase() === 'month' ? signedCount : 12 * signedCount)
  const { year } = toCivilDate(day)
  if (!(year >= 1 && year <= 9999)) return { text: 'I know only the years 1 to 9999.', ignoresZone: true }
  const when =
    anchor === undefined
      ? signedCount < 0
        ? `${count} ${unit.toLowerCase()}${count === 1 ? '' : 's'} ago it was`
        : `In ${count} ${unit.toLowerCase()}${count === 1 ? '' : 's'} it is`
      : 'That is'
  return { text: `${when} **${dayInWords(day)}** (${isoDate(day)}).` }
}

function leapYear(text: string): Answer | undefined {
  const match = /\b(?:is|was|will) (?:the year )?(\d{1,4})(?: be)? a leap[ -]?year\b/i.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  return { text: `${isLeapYear(year) ? 'Yes' : 'No'}, ${year} is ${isLeapYear(year) ? '' : 'not '}a leap year.`, ignoresZone: true }
}

const monthPattern = `(?<month%>${monthNames.map((name) => `${name}|${name.slice(0, 3)}${name === 'September' ? '|Sept' : ''}`).join('|')})\\.?`
const monthIn = (group: string) => monthPattern.replace('%', group)

/** All date patterns. Longer ones come first. */
const datePattern = () =>
  new RegExp(
    [
      String.raw`\b(?<iso>\d{4})-(?<isoMonth>\d{1,2})-(?<isoDay>\d{1,2})\b`,
      String.raw`\b(?<dotDay>\d{1,2})\.\s?(?<dotMonth>\d{1,2})\.\s?(?<dotYear>\d{4})\b`,
      String.raw`\b(?<slashOne>\d{1,2})/(?<slashTwo>\d{1,2})/(?<slashYear>\d{4})\b`,
      String.raw`\b(?<dayFirst>\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? ${monthIn('A')}\b(?:,? (?<yearA>\d{4}))?`,
      String.raw`\b${monthIn('B')} (?<dayAfter>\d{1,2})(?:st|nd|rd|th)?\b(?:,? (?<yearB>\d{4}))?`,
      String.raw`\b(?<relative>(?:the )?day after tomorrow|(?:the )?day before yesterday|today|tomorrow|yesterday)\b`,
      String.raw`\b(?<holiday>christmas(?: day| eve)?|new year['’]?s?(?: day| eve)?)\b(?: (?<yearC>\d{4}))?`,
      String.raw`\b(?:(?<which>next|this|last) )?(?<weekday>${weekdayNames.join('|')})\b`,
    ].join('|'),
    'gi',
  )

/** The dates in `text`, in order. */
function findDates(text: string, local: LocalTime): NamedDate[] {
  return Array.from(text.matchAll(datePattern()), ({ groups = {} }) => dateOf(groups, local))
}

function dateOf(groups: Record<string, string | undefined>, local: LocalTime): NamedDate {
  const thisYear = toCivilDate(local.today).year
  const date = (year: string | undefined, month: number, day: number): NamedDate => {
    const dayNumber = dayOf({ year: year === undefined ? thisYear : Number(year), month, day })
    const yearless = year === undefined ? { month, day } : undefined
    if (dayNumber !== undefined) return { kind: 'day', day: dayNumber, yearless }
    const next = yearless && nearestYearWith(yearless, thisYear, 1)
    if (next !== undefined) return { kind: 'day', day: next, yearless }
    const name = monthNames[month - 1]
    return {
      kind: 'impossible',
      why: name === undefined ? `There is no month ${month}.` : `There is no ${day} ${name}${year === undefined ? '' : ` ${year}`}.`,
    }
  }
  const fixedDay = (day: Day): NamedDate => ({ kind: 'day', day, yearless: undefined })
  if (groups.iso) return date(groups.iso, Number(groups.isoMonth), Number(groups.isoDay))
  if (groups.dotDay) return date(groups.dotYear, Number(groups.dotMonth), Number(groups.dotDay))
  if (groups.slashOne) return slashDate(Number(groups.slashOne), Number(groups.slashTwo), groups.slashYear, date)
  if (groups.dayFirst) return date(groups.yearA, monthNumber(groups.monthA), Number(groups.dayFirst))
  if (groups.dayAfter) return date(groups.yearB, monthNumber(groups.monthB), Number(groups.dayAfter))
  if (groups.holiday) {
    const holiday = groups.holiday.toLowerCase()
    if (holiday.startsWith('christmas')) return date(groups.yearC, 12, holiday.endsWith('eve') ? 24 : 25)
    if (holiday.endsWith('eve')) return date(groups.yearC, 12, 31)
    return groups.yearC
      ? date(groups.yearC, 1, 1)
      : { kind: 'day', day: dayOf({ year: thisYear + 1, month: 1, day: 1 }) ?? local.today, yearless: { month: 1, day: 1 } }
  }
  if (groups.weekday) {
    const daysAhead =
      (weekdayNames.findIndex((name) => name.toLowerCase() === groups.weekday?.toLowerCase()) - weekday(local.today) + 7) % 7
    switch (groups.which?.toLowerCase()) {
      case 'this':
        return fixedDay(local.today + daysAhead)
      case 'last':
        return fixedDay(local.today + daysAhead - 7)
      default:
        return fixedDay(local.today + (daysAhead || 7))
    }
  }
  const relative = groups.relative?.toLowerCase() ?? ''
  if (relative.endsWith('after tomorrow')) return fixedDay(local.today + 2)
  if (relative.endsWith('before yesterday')) return fixedDay(local.today - 2)
  return fixedDay(local.today + (relative === 'tomorrow' ? 1 : relative === 'yesterday' ? -1 : 0))
}

function slashDate(
  first: number,
  second: number,
  year: string | undefined,
  date: (year: string | undefined, month: number, day: number) => NamedDate,
): NamedDate {
  if (first > 12) return date(year, second, first)
  if (second > 12 || first === second) return date(year, first, second)
  return {
    kind: 'impossible',
    why: `${first}/${second}/${year} is ${first} ${monthNames[second - 1]} to some and ${second} ${monthNames[first - 1]} to others. Please write ${year}-${pad(first)}-${pad(second)} or ${year}-${pad(second)}-${pad(first)}.`,
  }
}

const pad = (number: number): string => String(number).padStart(2, '0')
const monthNumber = (name = ''): number => monthNames.findIndex((full) => full.toLowerCase().startsWith(name.toLowerCase().slice(0, 3))) + 1
