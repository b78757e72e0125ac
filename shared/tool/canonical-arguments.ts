/** The one text of a call's arguments: judged, approved and run. Canonical JSON (RFC 8785). Pure. */
import canonicalize from 'canonicalize'
import { fail, ok, type Result } from '../result.ts'

/** How deep arguments may nest. */
const maxDepth = 64

/** The canonical text of `args`, which a model or a user wrote, or why no tool can read it. Empty text counts as `{}`. */
export function canonicalArguments(args: string): Result<string, string> {
  let value: unknown
  try {
    value = JSON.parse(args.trim() || '{}')
  } catch {
    return fail('The arguments are not valid JSON. Send the call again with a complete JSON object.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('The arguments are not a JSON object. Send the call again with a JSON object.')
  const fault = faultIn(value, 0)
  if (fault) return fail(`The arguments ${fault}. Send the call again without it.`)
  return ok(canonicalize(value) as string)
}

/** What makes a value unusable: too much depth, a key that objects inherit, or text that is not Unicode. */
function faultIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'contain half of a surrogate pair'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === maxDepth) return `nest deeper than ${maxDepth} levels`
  for (const [key, child] of Object.entries(value)) {
    if (key === '__proto__') return 'contain the key "__proto__"'
    const fault = faultIn(key, depth) ?? faultIn(child, depth + 1)
    if (fault) return fault
  }
  return undefined
}
