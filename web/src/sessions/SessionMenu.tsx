import {
  Archive,
  Download,
  Eraser,
  FileText,
  Layers,
  Link2,
  Pause,
  Pencil,
  Pin,
  PinOff,
  Play,
  Trash2,
  UserRoundPlus,
  Wrench,
} from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { overlay, renaming, showSidebar } from '../state/overlay.ts'
import { pauseSession, resetSession } from '../state/session-actions.ts'
import { sessions } from '../state/sessions.ts'
import { type Access, may, sharedSessions } from '../state/shared.ts'
import { useSignal } from '../state/signal.ts'
import { exportToFile } from '../state/transfer.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { Menu } from '../ui/Menu.tsx'
import { copyLink } from './copy-link.ts'
import { archive, pin } from './list-entry.ts'
import { trash } from './trash.ts'

interface Props {
  readonly sessionId: string
  readonly title: string
  readonly anchor: HTMLElement
}

export default function SessionMenu({ sessionId, title, anchor }: Props) {
  const own = useSignal(sessions).list.find((session) => session.session_id === sessionId)
  const shared = useSignal(sharedSessions).find((session) => session.session_id === sessionId)
  const paused = (own ?? shared)?.state === 'paused'
  const can = (needed: Access) => may(shared?.access ?? 'owner', needed)
  const startRenaming = () => {
    // The title is edited in the list.
    showSidebar()
    setTimeout(() => renaming.set(sessionId))
  }
  return (
    <Menu label={strings.row.options({ title })} anchor={anchor} testId="session-menu-content">
      {shared === undefined && (
        <DropdownMenu.Item onSelect={startRenaming} data-testid="menu-rename">
          <Pencil aria-hidden /> {strings.menu.rename}
        </DropdownMenu.Item>
      )}
      {own && (
        <DropdownMenu.Item onSelect={() => void pin(sessionId, !own.pinned)} data-testid="menu-pin">
          {own.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />} {own.pinned ? strings.menu.unpin : strings.menu.pin}
        </DropdownMenu.Item>
      )}
      {can('admin') && (
        <DropdownMenu.Item onSelect={() => setTimeout(() => overlay.set({ kind: 'share', sessionId, title }))} data-testid="menu-share">
          <UserRoundPlus aria-hidden /> {strings.menu.share}
        </DropdownMenu.Item>
      )}
      <DropdownMenu.Item onSelect={() => void copyLink(`/c/${sessionId}`)}>
        <Link2 aria-hidden /> {strings.menu.copyLink}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => setTimeout(() => overlay.set({ kind: 'context', sessionId }))} data-testid="menu-context">
        <Layers aria-hidden /> {strings.menu.context}
      </DropdownMenu.Item>
      {can('member') && (
        <DropdownMenu.Item onSelect={() => setTimeout(() => overlay.set({ kind: 'approvals', sessionId }))} data-testid="menu-approvals">
          <Wrench aria-hidden /> {strings.menu.approvals}
        </DropdownMenu.Item>
      )}
      <DropdownMenu.Item onSelect={() => void exportToFile(sessionId, title)} data-testid="menu-export">
        <Download aria-hidden /> {strings.menu.exportJson}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => void exportToFile(sessionId, title, 'markdown')} data-testid="menu-export-markdown">
        <FileText aria-hidden /> {strings.menu.exportMarkdown}
      </DropdownMenu.Item>
      {can('member') && (
        <>
          <DropdownMenu.Separator />
          <DropdownMenu.Item onSelect={() => void pauseSession(sessionId, !paused)} data-testid="menu-pause">
            {paused ? <Play aria-hidden /> : <Pause aria-hidden />} {paused ? strings.menu.resume : strings.menu.pause}
          </DropdownMenu.Item>
        </>
      )}
      {can('admin') && (
        <DropdownMenu.Item onSelect={() => void resetSession(sessionId)} data-testid="menu-reset">
          <Eraser aria-hidden /> {strings.menu.clearContext}
        </DropdownMenu.Item>
      )}
      {can('owner') && (
        <>
          <DropdownMenu.Separator />
          {own && (
            <DropdownMenu.Item onSelect={() => void archive(sessionId)} data-testid="menu-archive">
              <Archive aria-hidden /> {strings.menu.archive}
            </DropdownMenu.Item>
          )}
          <DropdownMenu.Item className="danger" onSelect={() => setTimeout(() => void trash(sessionId))} data-testid="menu-delete">
            <Trash2 aria-hidden /> {strings.menu.remove}
          </DropdownMenu.Item>
        </>
      )}
    </Menu>
  )
}
