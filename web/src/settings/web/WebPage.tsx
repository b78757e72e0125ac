import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { settingsWeb } from '../../strings/settings-web.ts'
import { Async } from '../../ui/Async.tsx'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getSettings } from '../settings-api.ts'
import { AccessForm } from './AccessForm.tsx'
import { SearchForm } from './SearchForm.tsx'

/** What tools may reach on the internet. */
export default function WebPage() {
  const { page } = settingsWeb
  const settings = useLoad(getSettings)
  const done = async (text: string) => {
    await settings.reload()
    showToast(text)
    announce(text)
  }
  return (
    <Page title={page.title} lead={page.lead}>
      <ReadOnlyNotice />
      <Async load={settings}>
        {(view) => (
          <>
            {/* A form keeps what is typed while the other one is saved. */}
            <SearchForm key={JSON.stringify(view.settings.search)} view={view} onDone={done} onReload={settings.reload} />
            <AccessForm key={JSON.stringify(view.settings.web)} view={view} onDone={done} onReload={settings.reload} />
            <Changes key={`changes-${view.version}`} />
          </>
        )}
      </Async>
    </Page>
  )
}
