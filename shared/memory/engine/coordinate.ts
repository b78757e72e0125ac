/** Coordinates of memories, such as `1,2.5,3`: a memory's place and name. Pure. */
import { fail, ok, type Result } from '../../result.ts'

/** Numbers in a coordinate, at most. */
export const maxAxes = 16
/** UTF-16 units of a coordinate, at most. */
export const maxCoordinateUnits = 400

/** The numbers of a coordinate. The error is a sentence. */
export function parseCoordinate(text: string): Result<readonly number[], string> {
  const parts = text.split(',').map((part) => part.trim())
  if (text.length > maxCoordinateUnits || parts.length > maxAxes)
    return fail(`A coordinate has at most ${maxAxes} numbers and ${maxCoordinateUnits} characters.`)
  if (!parts.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part)))
    return fail('A coordinate consists of decimal numbers with commas between them, such as 1,2.5,3.')
  const numbers = parts.map(Number)
  return numbers.every(Number.isFinite) ? ok(numbers) : fail('A number of the coordinate is too large.')
}

/** The one text of a coordinate: `1.0, -0` and `1,0` are the same place. */
export const coordinateText = (numbers: readonly number[]): string => numbers.map((number) => String(number === 0 ? 0 : number)).join(',')

/** Whether a coordinate lies in the box from `min` to `max`, both included. One of other axes does not. */
export const isWithin = (numbers: readonly number[], min: readonly number[], max: readonly number[]): boolean =>
  numbers.length === min.length &&
  numbers.every((number, axis) => number >= (min[axis] ?? Number.NaN) && number <= (max[axis] ?? Number.NaN))
