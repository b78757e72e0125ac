import { Link2, Pencil, Trash2 } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { drawer, overlay, renaming } from '../app/overlay.ts'
import { showToast } from '../state/toast.ts'
import { Menu } from './Menu.tsx'

interface Props {
  readonly sessionId: string
  readonly title: string
  readonly anchor: HTMLElement
}

export default function SessionMenu({ sessionId, title, anchor }: Props) {
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(`${location.origin}/c/${sessionId}`)
      showToast('Link copied')
    } catch {
      showToast('Your browser did not allow copying.', 'error')
    }
  }
  const startRenaming = () => {
    // On a narrow screen the title is edited where the list is.
    if (matchMedia('(max-width: 640px)').matches) drawer.set(true)
    setTimeout(() => renaming.set(sessionId))
  }
  return (
    <Menu label={`Options for ${title}`} anchor={anchor} testId="session-menu-content">
      <DropdownMenu.Item onSelect={startRenaming} data-testid="menu-rename">
        <Pencil aria-hidden /> Rename
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => void copyLink()}>
        <Link2 aria-hidden /> Copy link
      </DropdownMenu.Item>
      <DropdownMenu.Separator />
      <DropdownMenu.Item
        className="danger"
        onSelect={() => setTimeout(() => overlay.set({ kind: 'delete', sessionId, title }))}
        data-testid="menu-delete"
      >
        <Trash2 aria-hidden /> Delete…
      </DropdownMenu.Item>
    </Menu>
  )
}
