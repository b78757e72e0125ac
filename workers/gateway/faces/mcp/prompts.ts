/** The prompts of the MCP face: a conversation, and what a quick action asks about it. The client's own model answers them. */
import { completable, type McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { SessionId } from '../../../../shared/ids.ts'
import type { QuickAction } from '../../../../shared/session/quick-action.ts'
import { quickActionText } from '../../../../shared/session/quick-action-text.ts'

/** A conversation of the caller. */
export interface Conversation {
  readonly session_id: string
  readonly title: string
}

/** What prompts read in the name of the caller. */
export interface ConversationReader {
  list(): Promise<readonly Conversation[]>
  /** Its newest turns, as JSON. Throws in words if the caller may not read it. */
  read(session: string): Promise<string>
}

/** Name → what a client shows. The text is that of the quick action. */
const titles: Readonly<Record<Exclude<QuickAction, 'nudge'>, string>> = {
  summarize: 'Summarize a conversation',
  next_steps: 'Next steps of a conversation',
  status_report: 'Status report of a conversation',
  continue: 'Continue a conversation',
}

/** Suggestions of one completion (the protocol's limit). */
const maxSuggestions = 100

/** Registers the prompts. `uriOf`: the resource of a conversation. */
export function addPrompts(server: McpServer, conversations: ConversationReader, uriOf: (session: string) => string): void {
  const session_id = completable(SessionId.describe('The id of a conversation'), async (start) =>
    (await conversations.list())
      .map((conversation) => conversation.session_id)
      .filter((id) => id.startsWith(start))
      .slice(0, maxSuggestions),
  )
  for (const [name, title] of Object.entries(titles) as [keyof typeof titles, string][])
    server.registerPrompt(
      name,
      { title, description: quickActionText[name], argsSchema: z.object({ session_id }) },
      async ({ session_id: session }) => {
        const resource = { uri: uriOf(session), mimeType: 'application/json', text: await conversations.read(session) }
        return {
          messages: [
            { role: 'user' as const, content: { type: 'resource' as const, resource } },
            { role: 'user' as const, content: { type: 'text' as const, text: quickActionText[name] } },
          ],
        }
      },
    )
}
