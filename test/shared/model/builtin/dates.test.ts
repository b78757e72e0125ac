import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMonths, dayOf, isoDate, toCivilDate, weekday } from '../../../../shared/model/builtin/calendar.ts'
import { dates } from '../../../../shared/model/builtin/dates.ts'

/** Friday, 20 November 2026, 23:30 in London, which is Saturday in Auckland. */
const at = Date.UTC(2026, 10, 20, 23, 30)
const ask = (message: string, zone: string | undefined = 'Europe/London') => dates(message, { at, zone })

describe('A question about time', () => {
  it.each([
    ['what time is it?', '**23:30** on Friday, 20 November 2026, in Europe/London (UTC)'],
    ['what time is it in Tokyo', '**08:30** on Saturday, 21 November 2026, in Asia/Tokyo (UTC+09:00)'],
    ['what is the time in New York?', '**18:30** on Friday, 20 November 2026, in America/New_York (UTC-05:00)'],
    ["what's today's date?", '**Friday, 20 November 2026** (2026-11-20)'],
    ['what day is it', '**Friday, 20 November 2026**'],
    ['what day is tomorrow?', '**Saturday, 21 November 2026** (2026-11-21) is tomorrow'],
    ['what date was yesterday', '**Thursday, 19 November 2026** (2026-11-19) was yesterday'],
    ['what day is 2026-12-25?', '**Friday, 25 December 2026** (2026-12-25) is in 35 days'],
    ['What day of the week was 4 July 1776?', '**Thursday, 4 July 1776**'],
    ['what weekday is December 31st, 1999', '**Friday, 31 December 1999**'],
    ['what day is 24.12.2026', '**Thursday, 24 December 2026**'],
    ['what day was 25/12/2025?', '**Thursday, 25 December 2025**'],
    ['when is Christmas?', '**Friday, 25 December 2026**'],
    ['when is 5 March?', '**Friday, 5 March 2027**'],
    ['when is next friday?', '**Friday, 27 November 2026** (2026-11-27) is in 7 days'],
    ['what date is monday', '**Monday, 23 November 2026**'],
    ['how many days until Christmas?', '**35 days** (5 weeks) until Friday, 25 December 2026'],
    ['how many days until 1 March?', '**101 days** (14 weeks and 3 days) until Monday, 1 March 2027'],
    ['how many days until today', 'is **today**'],
    ['days between 2024-02-01 and 2024-03-01', '**29 days**'],
    ['how many days from 1 March 2025 to 1 February 2025?', '**28 days**'],
    ['how many days since 1 January?', '**323 days**'],
    ['how many days since 24 December?', '**331 days** (47 weeks and 2 days) since Wednesday, 24 December 2025'],
    ['what date is 90 days after 2026-01-15?', '**Wednesday, 15 April 2026**'],
    ['what date is one month after 2026-01-31?', '**Saturday, 28 February 2026**'],
    ['what date is it in three weeks?', 'In 3 weeks it is **Friday, 11 December 2026**'],
    ['what day was it 2 years ago', '**Wednesday, 20 November 2024**'],
    ['what day is 29 February?', '**Tuesday, 29 February 2028**'],
    ['is 1900 a leap year?', 'No, 1900 is not a leap year'],
    ['was 2000 a leap year', 'Yes, 2000 is a leap year'],
    ['what day is 2026-02-30?', 'There is no 30 February 2026'],
    ['what day is 2026-13-01?', 'There is no month 13'],
    ['what day is 3/4/2026?', '2026-03-04 or 2026-04-03'],
    ['what time is it in Narnia?', 'I know no time zone for “Narnia”'],
  ])('%s → %s', (message, expected) => {
    expect(ask(message)).toContain(expected)
  })

  it("is answered in the client's time zone", () => {
    expect(ask("what's the date?", 'Pacific/Auckland')).toContain('Saturday, 21 November 2026')
    expect(ask('how many days until Christmas?', 'Pacific/Auckland')).toContain('**34 days**')
    expect(ask('how many days until Christmas?', 'America/Los_Angeles')).toContain('**35 days**')
  })

  it('says so when it uses UTC', () => {
    expect(dates('what time is it?', { at, zone: undefined })).toContain('in UTC (your client sent no time zone)')
    for (const zone of ['Mars/Olympus', '../etc', 'x'.repeat(300)])
      expect(ask("what's today's date?", zone)).toContain('is not a time zone I know, so I used UTC')
  })

  it.each([
    'what is the date of the meeting?',
    'when is my birthday?',
    'I moved here 3 years ago, tomorrow I leave.',
    'what is the time complexity of quicksort?',
    'what did I plan for tomorrow?',
    'who won on 4 July 1954?',
    'what happened on 2001-01-01',
    'may I go?',
    '17 * 23',
    'x'.repeat(400),
  ])('is not recognized in “%s”', (message) => {
    expect(ask(message)).toBeUndefined()
  })
})

describe('The calendar', () => {
  it('counts days as the platform does, for nine thousand years', () => {
    const date = fc.record({
      year: fc.integer({ min: 1, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 31 }),
    })
    fc.assert(
      fc.property(date, (value) => {
        const day = dayOf(value)
        const iso = `${String(value.year).padStart(4, '0')}-${String(value.month).padStart(2, '0')}-${String(value.day).padStart(2, '0')}`
        const expected = new Date(`${iso}T00:00:00Z`)
        if (day === undefined) return Number.isNaN(expected.getTime()) || expected.getUTCDate() !== value.day
        expect(isoDate(day)).toBe(iso)
        expect(toCivilDate(day)).toEqual(value)
        return weekday(day) === expected.getUTCDay()
      }),
    )
  })

  it('adds months without leaving the month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: -500, max: 500 }), (day, months) => {
        const [from, to] = [toCivilDate(day), toCivilDate(addMonths(day, months))]
        return to.year * 12 + to.month === from.year * 12 + from.month + months && to.day <= from.day
      }),
    )
  })
})
