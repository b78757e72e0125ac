export const Logo = () => (
  <span className="logo">
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path
        d="M21.5 11.2c-1.2-1.5-3.1-2.4-5.5-2.4-3.3 0-5.6 1.6-5.6 4 0 5.4 11.2 2.4 11.2 7 0 2.1-2.3 3.5-5.6 3.5-2.7 0-4.8-.9-6-2.6"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
    Soma
  </span>
)
