import './ui/fonts.css'
import './ui/tokens.css'
import './ui/base.css'
import './app/shell.css'
import './sessions/sidebar.css'
import './chat/chat.css'
import './chat/composer/composer.css'
import './chat/message/message.css'
import './chat/thread/thread.css'
import './chat/turn/turn.css'
import './ui/floating.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App.tsx'
import { checkAuth } from './state/auth.ts'
import { startLanguage } from './strings/language.ts'
import { loadPart } from './ui/load-part.ts'

void checkAuth()
/** How long the page has for itself before files and conversations are saved. Milliseconds. */
const quietMs = 3_000
addEventListener('load', () =>
  setTimeout(
    () =>
      void loadPart(() => import('./offline/start.ts'))
        .then(({ startOffline }) => startOffline())
        .catch(() => undefined),
    quietMs,
  ),
)
const root = document.getElementById('root')
if (root !== null) void startLanguage().then(() => createRoot(root).render(<App />))
