/** Literals of the web app that no language changes. */
interface Exception {
  /** The only file that may have it. Absent: every file may. */
  readonly file?: string
  readonly text: string
  readonly reason: string
}

/** Files and folders with texts in English only, until they are translated. Paths from the project's root. */
export const untranslated: readonly string[] = []

export const exceptions: readonly Exception[] = [
  { text: 'Soma', reason: 'the name of the product' },
  { file: 'web/src/chat/ChatHeader.tsx', text: 'B', reason: 'a key' },
  { file: 'web/src/sessions/Sidebar.tsx', text: 'B', reason: 'a key' },
  { file: 'web/src/sessions/Sidebar.tsx', text: 'K', reason: 'a key' },
  { file: 'web/src/chat/thread/use-older.ts', text: 'px 0px 0px', reason: 'a margin' },
  { file: 'web/src/markdown/mermaid.ts', text: 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif', reason: 'names of fonts' },
  { file: 'web/src/markdown/mermaid.ts', text: '.edgeLabel rect, .labelBkg { opacity: 1; }', reason: 'a style sheet' },
  { file: 'web/src/state/overlay.ts', text: '(max-width: 640px)', reason: 'a media query' },
  { file: 'web/src/markdown/renderer.ts', text: 'checked', reason: 'an attribute of HTML' },
  { file: 'web/src/markdown/sanitize.ts', text: 'noopener noreferrer nofollow', reason: 'kinds of links' },
  { file: 'web/src/mfa/CodeField.tsx', text: 'xxxx-xxxx-xxxx-xxxx', reason: 'the form of a code' },
  { file: 'web/src/files/DropTarget.tsx', text: 'Files', reason: 'a type of dragged data' },
  { file: 'web/src/docs/DocsPage.tsx', text: 'openapi.json', reason: 'the name of a file' },
  { file: 'web/src/docs/OperationView.tsx', text: 'curl', reason: 'the name of a command' },
  { file: 'web/src/docs/example.ts', text: 'What is 6 * 7?', reason: 'a part of a command' },
  { file: 'web/src/docs/example.ts', text: '-H "Authorization: Bearer $TOKEN"', reason: 'a part of a command' },
  { file: 'web/src/docs/example.ts', text: '-H "Content-Type: application/json"', reason: 'a part of a command' },
  { file: 'web/src/settings/api-keys/ApiKeysPage.tsx', text: 'Authorization: Bearer …', reason: 'a header' },
  { file: 'web/src/settings/api-keys/NewKeyDialog.tsx', text: 'administer', reason: 'the name of a string' },
  { file: 'web/src/settings/constitution/ConstitutionLoad.tsx', text: 'npm run constitution -- FILE --out SIGNED', reason: 'a command' },
  { file: 'web/src/settings/constitution/ConstitutionLoad.tsx', text: 'SOMA_POLICY_KEYS', reason: 'the name of a variable' },
  { file: 'web/src/settings/constitution/ConstitutionLoad.tsx', text: '{"name": "…", "version":', reason: 'a document' },
  {
    file: 'web/src/settings/constitution/ConstitutionLoad.tsx',
    text: ', "principles": [], "rules": [], "tests": []}',
    reason: 'a document',
  },
  { file: 'web/src/settings/models/ProfileForm.tsx', text: 'https://api.openai.com/v1', reason: 'an address' },
  { file: 'web/src/settings/models/ProfileForm.tsx', text: 'gpt-5-mini', reason: 'the name of a model' },
  { file: 'web/src/settings/policy/PolicyPage.tsx', text: 'npm run policy', reason: 'a command' },
  { file: 'web/src/settings/policy/PolicyPage.tsx', text: 'PUT /v1/policy', reason: 'a request' },
  { file: 'web/src/settings/policy/PolicyPage.tsx', text: 'SOMA_POLICY_KEYS', reason: 'the name of a variable' },
  { file: 'web/src/settings/secrets/KeyForm.tsx', text: 'openai', reason: 'the name of a key' },
  { file: 'web/src/settings/secrets/KeyForm.tsx', text: 'https://api.example.com', reason: 'an address' },
  { file: 'web/src/settings/web/SearchForm.tsx', text: 'brave', reason: 'the name of a key' },
  { file: 'web/src/settings/web/SearchForm.tsx', text: 'https://search.example.com', reason: 'an address' },
  {
    file: 'web/src/markdown/Markdown.tsx',
    text: '*a* **b** `c` [d](https://example.com) $e$\n\n- f\n\n| g |\n| - |\n| 1 |',
    reason: 'nobody sees it',
  },
  { file: 'web/src/settings/tools/servers/ServerForm.tsx', text: 'docs', reason: 'the name of a server' },
  { file: 'web/src/settings/tools/servers/ServerForm.tsx', text: 'https://mcp.example.com/mcp', reason: 'an address' },
  { file: 'web/src/settings/tools/servers/server-draft.ts', text: 'Bearer', reason: 'a scheme of HTTP' },
]
