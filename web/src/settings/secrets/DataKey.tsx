import { settingsSecrets } from '../../strings/settings-secrets.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { rotateDataKey } from '../settings-api.ts'

/** Rotates the key that encrypts the secrets of the workspace. */
export function DataKey({ onDone }: { readonly onDone: (text: string) => Promise<void> }) {
  const texts = settingsSecrets.dataKey
  const { busy, error, run } = useAction()
  const rotate = () =>
    run(async () => {
      const { resealed } = await rotateDataKey()
      await onDone(texts.rotatedNotice({ count: resealed }))
    })
  return (
    <Card
      title={texts.title}
      description={texts.text}
      action={
        <button type="button" className="button small" onClick={() => void rotate()} disabled={busy} data-testid="rotate">
          {busy ? texts.rotatingButton : texts.rotateButton}
        </button>
      }
    >
      <ErrorNotice error={error} />
    </Card>
  )
}
