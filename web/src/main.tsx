import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/thread.css'
import './styles/markdown.css'
import './styles/floating.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/App.tsx'
import { checkAuth } from './state/auth.ts'

void checkAuth()
const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<App />)
