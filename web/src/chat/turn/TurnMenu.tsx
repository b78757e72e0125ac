import { GitFork, Link2 } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { copyLink } from '../../sessions/copy-link.ts'
import { forkSession } from '../../state/transfer.ts'
import { chat } from '../../strings/chat.ts'
import { Menu } from '../../ui/Menu.tsx'
import { turnAddress } from '../thread/use-linked-turn.ts'

interface Props {
  readonly sessionId: string
  readonly turnId: string
  readonly anchor: HTMLElement
}

export default function TurnMenu({ sessionId, turnId, anchor }: Props) {
  return (
    <Menu label={chat.turn.menuLabel} anchor={anchor} testId="turn-menu-content">
      <DropdownMenu.Item onSelect={() => void forkSession(sessionId, turnId)} data-testid="menu-fork">
        <GitFork aria-hidden /> {chat.turn.fork}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => void copyLink(turnAddress(sessionId, turnId))} data-testid="menu-turn-link">
        <Link2 aria-hidden /> {chat.turn.copyLink}
      </DropdownMenu.Item>
    </Menu>
  )
}
