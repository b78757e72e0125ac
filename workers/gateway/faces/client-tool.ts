/** A tool of a client. It runs there, so it has no effect and no time limit here. Pure. */
import type { ToolSpec } from '../../../shared/tool/tool.ts'

export const clientTool = (
  name: string,
  description: string | null | undefined,
  parameters: Readonly<Record<string, unknown>> | null | undefined,
): ToolSpec => ({
  name,
  description: description ?? '',
  parameters: parameters ?? { type: 'object', properties: {} },
  effect: 'none',
  timeout_ms: 1,
})

/** The position of the first tool with the name of an earlier one; -1: there is none. */
export const repeatedTool = (tools: readonly ToolSpec[]): number =>
  tools.findIndex(({ name }, index) => tools.findIndex((other) => other.name === name) < index)
