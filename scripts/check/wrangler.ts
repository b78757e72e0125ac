/** The parts of a `wrangler.toml` that the checks use. Pure. */

/** A Worker's configuration. */
export interface WranglerConfig {
  readonly name: string
  /** `[vars]`, texts only. */
  readonly vars: ReadonlyMap<string, string>
  /** `required` of `[secrets]`. */
  readonly secrets: readonly string[]
  /** Names of other bindings in `env`: objects, services, queues, assets. */
  readonly bindings: readonly string[]
}

/** Reads the lines that wrangler files use. Throws if a variable is not a string on one line. */
export function parseWrangler(text: string): WranglerConfig {
  let section = ''
  let name = ''
  const vars = new Map<string, string>()
  const secrets: string[] = []
  const bindings: string[] = []
  for (const line of text.split('\n').map((line) => line.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const header = /^\[+([\w.]+)\]+$/.exec(line)?.[1]
    if (header !== undefined) {
      section = header
      continue
    }
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? []
    const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)
    if (section === '' && key === 'name') name = quoted?.[1] ?? ''
    else if (section === 'vars') {
      if (!quoted) throw new Error(`[vars] has a line that is not a string: ${key || line}`)
      vars.set(key, JSON.parse(value))
    } else if (section === 'secrets' && key === 'required') secrets.push(...JSON.parse(value))
    else if (key === 'binding' || (section === 'durable_objects.bindings' && key === 'name')) bindings.push(quoted?.[1] ?? '')
  }
  return { name, vars, secrets, bindings }
}
