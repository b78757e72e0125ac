import { announce } from '../../state/announce.ts'
import { settingsMemory } from '../../strings/settings-memory.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { getSettings, putSettings } from '../settings-api.ts'

/** What holds for everyone in the workspace: whether messages are remembered, and whether models are given memories. */
export function WorkspaceMemory() {
  const texts = settingsMemory.workspace
  const settings = useLoad(getSettings)
  const { busy, error, run } = useAction()
  return (
    <Card title={texts.title} description={texts.text}>
      <Async load={settings}>
        {({ version, settings: { memory } }) => {
          const change = (field: 'remember' | 'recall') => (isOn: boolean) =>
            void run(async () => {
              await putSettings(version, { memory: { ...memory, [field]: isOn ? 'on' : 'off' } })
              await settings.reload()
              announce(texts.savedNotice)
            })
          return (
            <>
              <Switch
                label={texts.remember}
                hint={texts.rememberHint}
                checked={memory.remember === 'on'}
                disabled={busy}
                onChange={change('remember')}
                testId="remember"
              />
              <Switch
                label={texts.recall}
                hint={texts.recallHint}
                checked={memory.recall === 'on'}
                disabled={busy}
                onChange={change('recall')}
                testId="recall"
              />
            </>
          )
        }}
      </Async>
      <ErrorNotice error={error} retry={() => void settings.reload()} />
    </Card>
  )
}
