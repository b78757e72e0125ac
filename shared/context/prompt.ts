/**
 * Builds the prompt of a model call from its pieces, and fits it to the model's window. Pure. The instructions come first, as the only
 * system message that we write. Their bytes depend on no message and no tool result.
 */

import type { QuotedMemories, RecallFailure } from '../memory/recall.ts'
import type { ModelMessage } from '../model/model.ts'
import { estimateTokens } from '../model/tokens.ts'
import { type Instruction, instructionText } from '../persona/instructions.ts'
import { fail, ok, type Result } from '../result.ts'
import type { ToolSpec } from '../tool/tool.ts'
import { messagesCost } from './cost.ts'
import { type ContextPiece, type PieceKind, piecePriorities } from './piece.ts'
import { truncateToTokens } from './truncate.ts'

/** What a prompt is built from. */
export interface PromptSources {
  readonly instructions: readonly Instruction[]
  readonly tools: readonly ToolSpec[]
  /** The conversation, oldest first. Its own system messages stay, before the rest. */
  readonly messages: readonly ModelMessage[]
  /** Memories for the newest message. */
  readonly memories?: QuotedMemories | null | undefined
  /** Why there are no memories. */
  readonly recallFailure?: RecallFailure | undefined
  /** The estimated tokens of the form of the answer. */
  readonly formatTokens?: number | undefined
}

/** The model that receives the prompt. */
export interface PromptRoom {
  /** Its name for the user. */
  readonly name: string
  /** The most tokens of the prompt. */
  readonly promptTokens: number
  /** The tokens that the provider counts for one of ours. */
  readonly tokenFactor?: number | undefined
}

/** A prompt that fits. */
export interface Prompt {
  readonly messages: readonly ModelMessage[]
  readonly pieces: readonly ContextPiece[]
  /** The ids of the memories in it. */
  readonly memories: readonly string[]
}

/** The share of a conversation's room that memories have at most. */
export const memoryShare = 0.25

/** The estimated tokens of the descriptions of tools. Each tool is estimated once, however often it is weighed. */
export const toolTokens = (tools: readonly ToolSpec[]): number => tools.reduce((sum, tool) => sum + toolCost(tool), 0)

const toolCosts = new WeakMap<ToolSpec, number>()

function toolCost(tool: ToolSpec): number {
  const known = toolCosts.get(tool)
  if (known !== undefined) return known
  const cost = estimateTokens(tool.name + tool.description + JSON.stringify(tool.parameters))
  toolCosts.set(tool, cost)
  return cost
}

/** The prompt, or a sentence that says why it does not fit and what to do. */
export function buildPrompt(sources: PromptSources, room: PromptRoom): Result<Prompt, string> {
  const { instructions, tools, messages, memories, recallFailure, formatTokens = 0 } = sources
  const { name, promptTokens, tokenFactor = 1 } = room
  const counted = (estimate: number): number => Math.ceil(estimate * tokenFactor)
  const text = instructionText(instructions)
  const system: readonly ModelMessage[] = text === '' ? [] : [{ role: 'system', text }]
  const ownTokens = messagesCost([...system, ...messages.filter(({ role }) => role === 'system')])
  if (counted(ownTokens) > promptTokens / 2)
    return fail(
      `The instructions have about ${counted(ownTokens)} tokens, and \`${name}\` has room for ${promptTokens}. Shorten them to half of the room, or choose a model with a larger window.`,
    )
  const offered = toolTokens(tools)
  const beside = offered + formatTokens
  if (counted(ownTokens + beside) >= promptTokens)
    return fail(
      `The instructions and the descriptions of ${tools.length} tools${formatTokens > 0 ? ', with the form of the answer,' : ''} have about ${counted(ownTokens + beside)} tokens, and \`${name}\` has room for ${promptTokens}. Offer fewer tools, or choose a model with a larger window.`,
    )
  const conversationTokens = Math.floor(promptTokens / tokenFactor) - messagesCost(system) - beside
  const memoryTokens = memories ? messagesCost([memories.message]) : 0
  const given = memories && memoryTokens <= conversationTokens * memoryShare ? memories : null
  const conversation = truncateToTokens(messages, conversationTokens - (given ? memoryTokens : 0))
  const pieces = () => {
    const all = [
      ...instructions.map((instruction) => piece(instruction.kind, instruction.source, counted(estimateTokens(instruction.text)), 1)),
      ...(tools.length > 0 ? [piece('tools', 'tools', counted(offered), tools.length)] : []),
      ...conversationPieces(messages, conversation, counted),
    ]
    if (memories) all.splice(memoriesAt(all), 0, memoriesPiece(memories, counted(memoryTokens), given !== null))
    else if (recallFailure) all.splice(memoriesAt(all), 0, piece('memories', 'memory', 0, 0, recallFailure))
    return all
  }
  const withMemories = given ? beforeQuestion(conversation, given.message) : conversation
  // Only the view of a prompt reads its pieces.
  return ok({
    messages: [...system, ...withMemories],
    get pieces() {
      return pieces()
    },
    memories: given?.ids ?? [],
  })
}

const memoriesPiece = ({ ids }: QuotedMemories, tokens: number, isGiven: boolean): ContextPiece =>
  piece('memories', 'memory', tokens, ids.length, isGiven ? 'fits' : 'no_room')

/** The place of memories among the pieces. */
function memoriesAt(pieces: readonly ContextPiece[]): number {
  const next = pieces.findIndex(({ kind }) => kind === 'attachments' || kind === 'message')
  return next === -1 ? pieces.length : next
}

/** The conversation, with the memories just before the newest message of the user and its files. What stands before them stays the same. */
function beforeQuestion(conversation: readonly ModelMessage[], memories: ModelMessage): ModelMessage[] {
  let at = conversation.findLastIndex(isQuestion)
  if (at === -1) return [...conversation, memories]
  while (at > 0 && isDocument(conversation[at - 1])) at -= 1
  return conversation.toSpliced(at, 0, memories)
}

const isDocument = (message: ModelMessage | undefined): boolean => message?.role === 'user' && message.document === true
const isQuestion = (message: ModelMessage): boolean => message.role === 'user' && !message.document

const required: readonly PieceKind[] = ['preamble', 'persona', 'user_instructions', 'tools', 'message']

function piece(kind: PieceKind, source: string, tokens: number, count: number, reason?: ContextPiece['reason']): ContextPiece {
  const isIncluded = reason === undefined || reason === 'required' || reason === 'fits' || reason === 'shortened'
  const because = reason ?? (required.includes(kind) ? 'required' : 'fits')
  return { kind, source, tokens, count, priority: piecePriorities[kind], included: isIncluded, reason: because }
}

/** The pieces of a conversation: what is included, and what is left out of `all`. */
function conversationPieces(
  all: readonly ModelMessage[],
  included: readonly ModelMessage[],
  counted: (estimate: number) => number,
): ContextPiece[] {
  const originals = new Set(all)
  const isShortened = included.some((message) => !originals.has(message))
  const byKind = {
    summary: [] as ModelMessage[],
    history: [] as ModelMessage[],
    tool_results: [] as ModelMessage[],
    attachments: [] as ModelMessage[],
    message: [] as ModelMessage[],
  }
  const question = included.findLast(isQuestion)
  for (const message of included) {
    if (message === question) byKind.message.push(message)
    else if (message.role === 'user' && message.summary) byKind.summary.push(message)
    else if (message.role === 'user' && message.document) byKind.attachments.push(message)
    else if (message.role === 'tool' || 'calls' in message) byKind.tool_results.push(message)
    else byKind.history.push(message)
  }
  const conversation = (kind: keyof typeof byKind, reason?: ContextPiece['reason']): ContextPiece[] => {
    const { [kind]: messages } = byKind
    return messages.length === 0 ? [] : [piece(kind, 'conversation', counted(messagesCost(messages)), messages.length, reason)]
  }
  const kept = new Set(included)
  const dropped = all.filter((message) => !kept.has(message))
  // A shortened exchange counts where it is included.
  const droppedTokens = Math.max(0, messagesCost(all) - messagesCost(included))
  return [
    ...conversation('summary'),
    ...conversation('history', isShortened ? 'shortened' : 'fits'),
    ...(dropped.length > 0 && droppedTokens > 0
      ? [piece('history', 'conversation', counted(droppedTokens), dropped.length, 'no_room')]
      : []),
    ...conversation('tool_results'),
    ...conversation('attachments'),
    ...conversation('message'),
  ]
}
