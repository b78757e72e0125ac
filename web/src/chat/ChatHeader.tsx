import { Ellipsis, PanelLeftOpen, SquarePen, UserRoundPlus } from 'lucide-react'
import { newChat } from '../navigation/go.ts'
import { mod } from '../navigation/keys.ts'
import { drawer, overlay, toggleSidebar } from '../state/overlay.ts'
import { may, type SharedSession } from '../state/shared.ts'
import { chat } from '../strings/chat.ts'

interface Props {
  readonly title: string
  readonly sessionId: string | null
  /** Set for a session of another user. */
  readonly shared: SharedSession | undefined
}

export const ChatHeader = ({ title, sessionId, shared }: Props) => (
  <header className="chat-header">
    <button
      type="button"
      className="quiet icon only-narrow"
      aria-label={chat.header.openDrawer}
      onClick={() => drawer.set(true)}
      data-testid="open-drawer"
    >
      <PanelLeftOpen aria-hidden />
    </button>
    <button
      type="button"
      className="quiet icon only-collapsed"
      aria-label={chat.header.showList}
      title={`${chat.header.showList} (${mod()} B)`}
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
    {shared && (
      <span className="access-badge" data-testid="access">
        {shared.access === 'viewer' && chat.header.viewOnly}
        {shared.access === 'viewer' ? (
          <span className="access-by"> · {chat.header.alsoSharedBy({ owner: shared.owner })}</span>
        ) : (
          <span>{chat.header.sharedBy({ owner: shared.owner })}</span>
        )}
      </span>
    )}
    {sessionId !== null && may(shared?.access ?? 'owner', 'admin') && (
      <button
        type="button"
        className="quiet with-caption"
        aria-label={chat.header.shareLabel}
        title={chat.header.shareButton}
        onClick={() => overlay.set({ kind: 'share', sessionId, title })}
        data-testid="share"
      >
        <UserRoundPlus aria-hidden />
        <span>{chat.header.shareButton}</span>
      </button>
    )}
    {sessionId !== null && (
      <button
        type="button"
        className="quiet icon"
        aria-label={chat.header.optionsLabel}
        aria-haspopup="menu"
        onClick={(event) => overlay.set({ kind: 'session-menu', sessionId, title, anchor: event.currentTarget })}
      >
        <Ellipsis aria-hidden />
      </button>
    )}
    <button type="button" className="quiet icon only-narrow only-collapsed" aria-label={chat.newChat} onClick={newChat}>
      <SquarePen aria-hidden />
    </button>
  </header>
)
