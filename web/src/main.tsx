import './ui/fonts.css'
import './ui/tokens.css'
import './ui/base.css'
import './app/shell.css'
import './chat/chat.css'
import './chat/composer.css'
import './chat/message.css'
import './chat/thread.css'
import './chat/turn.css'
import './ui/floating.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App.tsx'
import { checkAuth } from './state/auth.ts'
import { startLanguage } from './strings/language.ts'

void checkAuth()
const root = document.getElementById('root')
if (root !== null) void startLanguage().then(() => createRoot(root).render(<App />))
