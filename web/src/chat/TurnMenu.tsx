import { GitFork, Link2 } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { copyLink } from '../sessions/copy-link.ts'
import { forkSession } from '../state/transfer.ts'
import { Menu } from '../ui/Menu.tsx'
import { turnAddress } from './use-linked-turn.ts'

interface Props {
  readonly sessionId: string
  readonly turnId: string
  readonly anchor: HTMLElement
}

export default function TurnMenu({ sessionId, turnId, anchor }: Props) {
  return (
    <Menu label="More for this turn" anchor={anchor} testId="turn-menu-content">
      <DropdownMenu.Item onSelect={() => void forkSession(sessionId, turnId)} data-testid="menu-fork">
        <GitFork aria-hidden /> Continue from here in a new chat
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => void copyLink(turnAddress(sessionId, turnId))} data-testid="menu-turn-link">
        <Link2 aria-hidden /> Copy link to this turn
      </DropdownMenu.Item>
    </Menu>
  )
}
