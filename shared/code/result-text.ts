/** How a program ended, as text for the model: JSON with `value`, `console` and `error`, as far as each exists. Pure. */
import type { ProgramError, RunResult } from './program.ts'

export function resultText(result: RunResult): string {
  const lines = result.console.map(({ level, text }) => (level === 'log' ? text : `${level}: ${text}`))
  return JSON.stringify({
    ...(result.state === 'completed' && result.value !== null ? { value: JSON.parse(result.value) } : {}),
    ...(lines.length > 0 ? { console: lines.join('\n') } : {}),
    ...(result.state === 'failed' ? { error: errorText(result.error) } : {}),
  })
}

function errorText({ name, message, line, column }: ProgramError): string {
  return `${name}: ${message}${line === undefined ? '' : ` (line ${line}, column ${column ?? 1})`}`
}
