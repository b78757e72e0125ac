import { Ellipsis, PanelLeftOpen, SquarePen } from 'lucide-react'
import { newChat } from '../navigation/go.ts'
import { mod } from '../navigation/keys.ts'
import { drawer, overlay, toggleSidebar } from '../state/overlay.ts'

export const ChatHeader = ({ title, sessionId }: { readonly title: string; readonly sessionId: string | null }) => (
  <header className="chat-header">
    <button
      type="button"
      className="quiet icon only-narrow"
      aria-label="Conversations"
      onClick={() => drawer.set(true)}
      data-testid="open-drawer"
    >
      <PanelLeftOpen aria-hidden />
    </button>
    <button
      type="button"
      className="quiet icon only-collapsed"
      aria-label="Show the list of conversations"
      title={`Show the list of conversations (${mod} B)`}
      onClick={() => {
        toggleSidebar()
        requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="hide-sidebar"]')?.focus())
      }}
      data-testid="show-sidebar"
    >
      <PanelLeftOpen aria-hidden />
    </button>
    <h1 tabIndex={-1} title={title} data-testid="chat-title">
      {title}
    </h1>
    {sessionId !== null && (
      <button
        type="button"
        className="quiet icon"
        aria-label="Options for this conversation"
        aria-haspopup="menu"
        onClick={(event) => overlay.set({ kind: 'session-menu', sessionId, title, anchor: event.currentTarget })}
      >
        <Ellipsis aria-hidden />
      </button>
    )}
    <button type="button" className="quiet icon only-narrow only-collapsed" aria-label="New chat" onClick={newChat}>
      <SquarePen aria-hidden />
    </button>
  </header>
)
