import { BookOpen, Keyboard, Languages, LogOut, Monitor, Moon, Settings, Sun, Upload } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { signOut } from '../state/auth.ts'
import { overlay } from '../state/overlay.ts'
import { useSignal } from '../state/signal.ts'
import { chooseTheme, type Theme, theme } from '../state/theme.ts'
import { showToast } from '../state/toast.ts'
import { chooseImport } from '../state/transfer.ts'
import { toUserError } from '../state/user-error.ts'
import type { Language } from '../strings/current.ts'
import { languageNames, useLanguage } from '../strings/language.ts'
import { navigation } from '../strings/navigation.ts'
import { Menu } from '../ui/Menu.tsx'
import { go } from './go.ts'
import { translatePage } from './translate-page.ts'

const themes = [
  { value: 'system', Icon: Monitor },
  { value: 'light', Icon: Sun },
  { value: 'dark', Icon: Moon },
] as const

export default function AccountMenu({ anchor }: { readonly anchor: HTMLElement }) {
  const chosen = useSignal(theme)
  const strings = navigation.accountMenu
  const leave = () => signOut().catch((error: unknown) => showToast(strings.signOutFailed, 'error', { detail: toUserError(error).detail }))
  return (
    <Menu label={strings.label} anchor={anchor} testId="account-menu">
      <DropdownMenu.Label>{strings.theme}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={chosen} onValueChange={(value) => chooseTheme(value as Theme)}>
        {themes.map(({ value, Icon }) => (
          <DropdownMenu.RadioItem key={value} value={value} data-testid={`theme-${value}`}>
            <Icon aria-hidden /> {strings[value]}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator />
      <DropdownMenu.Label>{strings.language}</DropdownMenu.Label>
      <DropdownMenu.RadioGroup value={useLanguage()} onValueChange={(value) => void translatePage(value as Language)}>
        {Object.entries(languageNames).map(([value, name]) => (
          <DropdownMenu.RadioItem key={value} value={value} lang={value} data-testid={`language-${value}`}>
            <Languages aria-hidden /> {name}
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
      <DropdownMenu.Separator />
      <DropdownMenu.Item onSelect={() => go('/settings')} data-testid="menu-settings">
        <Settings aria-hidden /> {strings.settings}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={chooseImport} data-testid="menu-import">
        <Upload aria-hidden /> {strings.importItem}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => setTimeout(() => overlay.set({ kind: 'keys' }))}>
        <Keyboard aria-hidden /> {strings.keyboard}
      </DropdownMenu.Item>
      <DropdownMenu.Item onSelect={() => go('/docs')}>
        <BookOpen aria-hidden /> {strings.docs}
      </DropdownMenu.Item>
      <DropdownMenu.Separator />
      <DropdownMenu.Item onSelect={() => void leave()} data-testid="sign-out">
        <LogOut aria-hidden /> {strings.signOut}
      </DropdownMenu.Item>
    </Menu>
  )
}
