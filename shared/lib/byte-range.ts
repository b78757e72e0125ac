/** The `Range` header of a request for one file (RFC 9110 §14.2). Pure. */

/** Bytes of a file. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** The range that `header` asks for. Null: the whole file, also for several ranges. `unsatisfiable`: no byte of the file is in it. */
export function parseByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(first)
  if (last !== '' && Number(last) < offset) return null
  if (offset >= size) return 'unsatisfiable'
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  return { offset, length: end - offset }
}
