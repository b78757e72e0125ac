/** Finds the locals of a function that hold parts of base documents. Pure. */
import type { Block, Func } from './ir.ts'

/**
 * Locals that only lookups and scans of `data` write. There, OPA's storage finds the key `"2"` for `data[2]`. A value in a variable is no
 * longer part of a document: `x := data.a; x[2]` looks up a number.
 */
export function documentLocals({ blocks, params }: Func): ReadonlySet<number> {
  const locals = new Set<number>(params.slice(1, 2))
  const otherLocals = new Set<number>()
  const write = (local: number, isDocument: boolean): void => {
    if (isDocument && !otherLocals.has(local)) locals.add(local)
    else if (!isDocument) {
      locals.delete(local)
      otherLocals.add(local)
    }
  }
  const visit = (block: Block): void => {
    for (const statement of block) {
      if (statement.type === 'DotStmt') write(statement.target, statement.source.kind === 'local' && locals.has(statement.source.local))
      else if (statement.type === 'ScanStmt') {
        write(statement.key, false)
        write(statement.value, locals.has(statement.source))
      } else if ('result' in statement) write(statement.result, false)
      else if ('target' in statement && statement.type !== 'ResetLocalStmt') write(statement.target, false)
      if ('block' in statement) visit(statement.block)
      if ('blocks' in statement) statement.blocks.forEach(visit)
    }
  }
  blocks.forEach(visit)
  return locals
}
