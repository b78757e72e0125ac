import { BookOpen, Keyboard, LogOut, Monitor, Moon, Settings, Sun, Upload } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { signOut } from '../state/auth.ts'
import { overlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { chooseTheme, type Theme, theme } from '../state/theme.ts'
import { showToast } from '../state/toast.ts'
import { chooseImport } from '../state/transfer.ts'
import { toUserError } from '../state/user-error.ts'
import { Menu } from '../ui/Menu.tsx'
import { go } from './go.ts'

const themes = [
  { value: 'system', label: 'System', Icon: Monitor },
  { value: 'light', label: 'Light', Icon: Sun },
  { value: 'dark', label: 'Dark', Icon: Moon },
] as const

export default function AccountMenu({ anchor }: { readonly anchor: HTMLElement }) {
  const chosen = useSignal(theme)
  const leave = () => signOut().catch((error: unknown) => showToast('Could not sign out', 'error', { detail: toUserError(error).detail }))
  return (
    <Menu label="Account and settings" anchor={anchor} testId="account-menu">
      <DropdownMenu.Label>Theme</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={chosen} onValueChange={(value) => chooseTheme(value as Theme)}>
        {themes.map(({ value, label, Icon }) => (
          <DropdownMenu.RadioItem key={value} value={value} data-testid={`theme-${value}`}>
            <Icon aria-hidden /> {label}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator />
      <DropdownMenu.Item onSelect={() => go('/settings')} data-testid="menu-settings">
        <Settings aria-hidden /> Settings
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={chooseImport} data-testid="menu-import">
        <Upload aria-hidden /> Import conversations…
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => setTimeout(() => overlay.set({ kind: 'keys' }))}>
        <Keyboard aria-hidden /> Keyboard
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => go('/docs')}>
        <BookOpen aria-hidden /> API reference
      </DropdownMenu.Item>
      <DropdownMenu.Separator />
      <DropdownMenu.Item onSelect={() => void leave()} data-testid="sign-out">
        <LogOut aria-hidden /> Sign out
      </DropdownMenu.Item>
    </Menu>
  )
}
