/** What a replay prints. Pure. */
import type { Difference } from './compare.ts'
import type { ReplayedTurn } from './replay-turn.ts'

/** The most units of a value that is printed. */
const valueUnits = 200
/** The most differences of a turn that are printed. */
const shownDifferences = 20

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > valueUnits ? `${text.slice(0, valueUnits)}… (${text.length} characters)` : text
}

/** Both values from a little before the first unit that differs. */
function fromFirstDifference(recorded: unknown, replayed: unknown): [unknown, unknown] {
  if (typeof recorded !== 'string' || typeof replayed !== 'string') return [recorded, replayed]
  let index = 0
  while (index < recorded.length && recorded[index] === replayed[index]) index++
  const start = Math.max(0, index - 40)
  return start === 0 ? [recorded, replayed] : [`…${recorded.slice(start)}`, `…${replayed.slice(start)}`]
}

function differenceLines({ index, type, pointer, recorded, replayed }: Difference): string[] {
  const [before, after] = fromFirstDifference(recorded, replayed)
  const place = type === 'prompt' ? `prompt of model call ${index}` : `event ${index}, ${type}${pointer && ` ${pointer}`}`
  return [`  ${place}`, `    recorded: ${valueText(before)}`, `    replayed: ${valueText(after)}`]
}

/** The lines about one turn. None: it is equal. */
export function turnLines({ turn_id, position, differences, reason }: ReplayedTurn): string[] {
  if (reason !== undefined) return [`turn ${position} (${turn_id}) is not replayed: ${reason}`]
  if (!differences || differences.length === 0) return []
  const rest = differences.length - shownDifferences
  return [
    `turn ${position} (${turn_id}) differs`,
    ...differences.slice(0, shownDifferences).flatMap(differenceLines),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ]
}

/** Counts of a replay. */
export interface Tally {
  equal: number
  different: number
  notReplayed: number
}

export function count(tally: Tally, { differences }: ReplayedTurn): void {
  if (!differences) tally.notReplayed += 1
  else if (differences.length === 0) tally.equal += 1
  else tally.different += 1
}

export const tallyText = ({ equal, different, notReplayed }: Tally): string =>
  `${equal} equal, ${different} different, ${notReplayed} not replayed`
