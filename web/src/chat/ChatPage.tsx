import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import { focusComposer, focusHeading, go, returnToComposer } from '../navigation/go.ts'
import { overlay } from '../navigation/overlay.ts'
import { type Conversation, conversationOf } from '../state/conversation.ts'
import { newChat as newDraft } from '../state/drafts.ts'
import { sessions } from '../state/sessions.ts'
import { useSignal } from '../state/signal.ts'
import { Banner } from './Banner.tsx'
import { ChatHeader } from './ChatHeader.tsx'
import { Composer } from './Composer.tsx'
import { Starters } from './Starters.tsx'
import { Thread } from './Thread.tsx'

/** A conversation, or the place where one begins. The composer outlives the step from one to the other, so focus and keystrokes do too. */
export function ChatPage({ sessionId }: { readonly sessionId: string | null }) {
  const conversation = useMemo(() => (sessionId === null ? null : conversationOf(sessionId)), [sessionId])
  useEffect(() => conversation?.attach(), [conversation])
  const title = useTitle(sessionId)
  useArrival()

  const begin = (texts: readonly string[]) => {
    // The id is ours to choose: the page moves at once, and a retried first message finds the same session.
    const id = crypto.randomUUID()
    const begun = conversationOf(id, true)
    for (const text of texts) begun.send(text)
    go(`/c/${id}`, { keepFocus: true })
  }
  const pick = (texts: readonly string[]) => {
    begin(texts)
    // The button that was pressed is gone; the conversation goes on in the composer.
    returnToComposer()
  }
  const send = (text: string) => (conversation === null ? begin([text]) : conversation.send(text))
  return (
    <main className="chat" data-empty={conversation === null} onKeyDown={(event) => stopOnEscape(event, conversation)}>
      <ChatHeader title={title} sessionId={sessionId} />
      <Banner onRetry={() => conversation?.retryNow()} />
      {conversation === null ? <Starters onPick={pick} /> : <Thread key={conversation.id} conversation={conversation} />}
      <Composer draftKey={conversation?.id ?? newDraft} conversation={conversation} onSend={send} />
    </main>
  )
}

/** Escape stops the answer, but only from the thread or the composer, and only when nothing nearer wanted it. */
function stopOnEscape(event: KeyboardEvent, conversation: Conversation | null): void {
  if (event.key !== 'Escape' || event.defaultPrevented || event.nativeEvent.isComposing || conversation === null || overlay.get() !== null)
    return
  const { active } = conversation.store.outline()
  if (active !== null) void conversation.stop(active)
}

function useTitle(sessionId: string | null): string {
  const { list } = useSignal(sessions)
  const found = list.find((session) => session.session_id === sessionId)?.title
  const title = sessionId === null ? 'New chat' : found || 'Conversation'
  useEffect(() => {
    document.title = sessionId === null ? 'Soma' : `${title} · Soma`
  }, [sessionId, title])
  return title
}

/** On the first load the composer has the focus (a finger would bring up the keyboard, so not there); later, the new page's heading. */
function useArrival(): void {
  const [path] = useLocation()
  const seen = useRef<string | null>(null)
  useEffect(() => {
    if (seen.current === null && matchMedia('(pointer: fine)').matches) focusComposer()
    else if (seen.current !== null && seen.current !== path) focusHeading()
    seen.current = path
  }, [path])
}
