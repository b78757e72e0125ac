/** The builtin responder's next step: an answer, or the tool calls that the message requests. Pure. */
import type { ModelRequest } from '../model.ts'
import { respond } from './respond.ts'

interface NextStep {
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
}

const toolLine = /^\/tool\s+(\S+)[^\S\n]*(.*)$/

/** The text or the tool calls that answer `request`. */
export function nextStep(request: ModelRequest): NextStep {
  const { messages, tools } = request
  const questionIndex = messages.findLastIndex(({ role }) => role === 'user')
  const steps = stepsIn(messages[questionIndex]?.text ?? '')
  if (steps.length === 0) return { text: respond(request), calls: [] }
  const afterQuestion = messages.slice(questionIndex + 1)
  const completedSteps = afterQuestion.filter((message) => message.role === 'assistant' && message.calls).length
  const step = steps[completedSteps]
  if (!step) return { text: reportResults(afterQuestion.flatMap((message) => (message.role === 'tool' ? [message.text] : []))), calls: [] }
  const unknown = step.find(({ name }) => !tools.some((tool) => tool.name === name))
  if (!unknown) return { text: '', calls: step }
  const names = tools.map(({ name }) => `\`${name}\``).join(', ')
  return { text: `There is no tool \`${unknown.name}\`. ${names ? `There are ${names}.` : 'There are none.'}`, calls: [] }
}

/** The calls of each step; none unless the whole message is such a list. */
function stepsIn(text: string): NextStep['calls'][] {
  const steps: { name: string; arguments: string }[][] = [[]]
  for (const line of text.trim().split('\n')) {
    const [, name, args = ''] = toolLine.exec(line.trim()) ?? []
    if (line.trim() === 'then') steps.push([])
    else if (name) steps.at(-1)?.push({ name, arguments: args })
    else return []
  }
  return steps.filter((calls) => calls.length > 0)
}

function reportResults(results: readonly string[]): string {
  const [only] = results
  if (results.length === 1) return `The tool says: ${only}`
  return `The tools say:\n\n${results.map((text) => `- ${text}`).join('\n')}`
}
