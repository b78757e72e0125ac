export default function DocsPage() {
  return <main />
}
