import { type KeyboardEvent, Suspense, useEffect, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { focusComposer, focusHeading, go, returnToComposer } from '../navigation/go.ts'
import { moveChoice, useChoice } from '../state/choice.ts'
import { type Conversation, conversationOf } from '../state/conversation.ts'
import { newChat as newDraft } from '../state/drafts.ts'
import { overlay } from '../state/overlay.ts'
import { sessions } from '../state/sessions.ts'
import { lookUpShared, markShareOpened, sharedSessions } from '../state/shared.ts'
import { useSignal } from '../state/signal.ts'
import { chat } from '../strings/chat.ts'
import { lazyPart } from '../ui/lazy-part.tsx'
import { Banner } from './Banner.tsx'
import { ChatHeader } from './ChatHeader.tsx'
import { Composer } from './composer/Composer.tsx'
import { Starters } from './Starters.tsx'
import { Thread } from './thread/Thread.tsx'
import { useAnswerMark } from './use-answer-mark.ts'

const PersonaStarters = lazyPart(() => import('./PersonaStarters.tsx'))
const ReadOnlyBar = lazyPart(() => import('./ReadOnlyBar.tsx'))

/** A conversation or a new chat. The composer stays mounted when a new chat becomes a conversation, so it keeps the focus. */
export function ChatPage({ sessionId }: { readonly sessionId: string | null }) {
  const conversation = useMemo(() => (sessionId === null ? null : conversationOf(sessionId)), [sessionId])
  useEffect(() => conversation?.attach(), [conversation])
  const shared = useSignal(sharedSessions).find(({ session_id }) => session_id === sessionId)
  const title = useTitle(sessionId, shared?.title, useAnswerMark(conversation))
  useLookUp(sessionId)
  const isShared = shared !== undefined
  useEffect(() => {
    if (isShared && sessionId !== null) markShareOpened(sessionId)
  }, [isShared, sessionId])
  usePageFocus()

  const startConversation = (texts: readonly string[], files: readonly AttachmentRef[] = []) => {
    // The browser chooses the id, so the page moves at once and a retried first message finds the same session.
    const id = crypto.randomUUID()
    const created = conversationOf(id, true)
    moveChoice(newDraft, id)
    for (const [index, text] of texts.entries()) created.send(text, index === 0 ? files : [])
    go(`/c/${id}`, { keepFocus: true })
  }
  const pick = (texts: readonly string[]) => {
    startConversation(texts)
    // The pressed button no longer exists, so the focus moves to the composer.
    returnToComposer()
  }
  const send = (texts: readonly string[], files: readonly AttachmentRef[]) => {
    if (conversation === null) startConversation(texts, files)
    else for (const [index, text] of texts.entries()) conversation.send(text, index === 0 ? files : [])
  }
  return (
    <main
      className="chat"
      data-empty={conversation === null}
      data-access={shared?.access ?? 'owner'}
      onKeyDown={(event) => stopOnEscape(event, conversation)}
    >
      <ChatHeader title={title} sessionId={sessionId} shared={shared} />
      <Banner conversation={conversation} onRetry={() => conversation?.retryNow()} />
      {conversation === null ? <NewChat onPick={pick} /> : <Thread key={conversation.id} conversation={conversation} />}
      {conversation !== null && shared?.access === 'viewer' ? (
        <Suspense>
          <ReadOnlyBar conversation={conversation} />
        </Suspense>
      ) : (
        <Composer draftKey={conversation?.id ?? newDraft} conversation={conversation} onSend={send} />
      )}
    </main>
  )
}

/** The page of a new chat: what the user can begin with. */
function NewChat({ onPick }: { readonly onPick: (texts: readonly string[]) => void }) {
  const { persona_id } = useChoice(newDraft)
  if (persona_id === undefined) return <Starters onPick={onPick} />
  return (
    <Suspense fallback={<div className="starters" />}>
      <PersonaStarters key={persona_id} id={persona_id} onPick={onPick} />
    </Suspense>
  )
}

/** Escape stops the answer unless a dialog, a menu or an editor handles it. */
function stopOnEscape(event: KeyboardEvent, conversation: Conversation | null): void {
  if (event.key !== 'Escape' || event.defaultPrevented || event.nativeEvent.isComposing || conversation === null || overlay.get() !== null)
    return
  const { active } = conversation.store.outline()
  if (active !== null) void conversation.stop(active)
}

/** The conversation's title. `marked`: the title of the tab says that an answer is there. */
function useTitle(sessionId: string | null, sharedTitle: string | undefined, marked: boolean): string {
  const { list } = useSignal(sessions)
  const name = list.find((session) => session.session_id === sessionId)?.title || sharedTitle
  const title = sessionId === null ? chat.newChat : name || chat.untitled
  useEffect(() => {
    document.title = `${marked ? '(1) ' : ''}${sessionId === null ? 'Soma' : `${title} · Soma`}`
  }, [sessionId, title, marked])
  return title
}

/** Looks up a session that the loaded list does not hold. */
function useLookUp(sessionId: string | null): void {
  const { kind } = useSignal(sessions)
  useEffect(() => {
    if (sessionId !== null && kind === 'ready') void lookUpShared(sessionId)
  }, [sessionId, kind])
}

/** Focuses the composer on the first page and the heading after a navigation. On touch screens the first page focuses nothing. */
function usePageFocus(): void {
  const [path] = useLocation()
  const previous = useRef<string | null>(null)
  useEffect(() => {
    if (previous.current === null && matchMedia('(pointer: fine)').matches) focusComposer()
    else if (previous.current !== null && previous.current !== path) focusHeading()
    previous.current = path
  }, [path])
}
