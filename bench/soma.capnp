# Gateway, state and conversation under `workerd serve`: the deployed Workers in one process, without wrangler's proxy.
# The proxy would cost file descriptors and time. soma.ts bundles the Workers into the folder of --import-path.
# No queue runs. Doorbells are accepted and dropped, because the object dispatches turns itself. No relay runs.
using Workerd = import "/workerd/workerd.capnp";

const compatibilityDate :Text = "2026-11-02";
const compatibilityFlags :List(Text) = ["no_nodejs_compat", "no_nodejs_compat_v2"];

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "state", worker = .state),
    (name = "conversation", worker = .conversation),
    (name = "tools", worker = .tools),
    (name = "doorbells", worker = .doorbells),
    # The flag --directory-path sets its path.
    (name = "objects", disk = (writable = true)),
    # Only this machine, for the fake model.
    (name = "loopback", network = (allow = ["local"])),
    (name = "nowhere", network = (allow = [])),
  ],
  # The flag --socket-addr sets the addresses. The second is for state.ts. The deployed entry has no address and returns 404.
  sockets = [
    (name = "http", http = (), service = "gateway"),
    (name = "bench", http = (), service = "state"),
  ],
);

const gateway :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "/gateway.js")],
  compatibilityDate = .compatibilityDate,
  compatibilityFlags = .compatibilityFlags,
  globalOutbound = "nowhere",
  bindings = [
    (name = "SOMA_ISSUER", text = "https://soma.localhost"),
    (name = "SOMA_AUDIENCE", text = "soma"),
    (name = "SOMA_DEV_SIGN_IN", text = ""),
    # `off` in most benchmarks: one subject sends requests without a pause, and the limit is not measured.
    (name = "SOMA_RATE_LIMITS", fromEnvironment = "SOMA_RATE_LIMITS"),
    (name = "UPSTASH_REDIS_REST_URL", text = ""),
    (name = "UPSTASH_REDIS_REST_TOKEN", text = ""),
    (name = "SOMA_POLICY_KEYS", text = ""),
    (name = "OPA_URL", text = ""),
    (name = "OPA_TOKEN", text = ""),
    (name = "SOMA_OPERATOR_KEYS", fromEnvironment = "SOMA_OPERATOR_KEYS"),
    (name = "SESSION", durableObjectNamespace = (className = "Session", serviceName = "state")),
    (name = "HOME", durableObjectNamespace = (className = "Home", serviceName = "state")),
    (name = "DIRECTORY", durableObjectNamespace = (className = "Directory", serviceName = "state")),
    (name = "TENANT", durableObjectNamespace = (className = "Tenant", serviceName = "state")),
    (name = "ISSUER", durableObjectNamespace = (className = "Issuer", serviceName = "state")),
    (name = "LIMITER", durableObjectNamespace = (className = "Limiter", serviceName = "state")),
    (name = "AUDIT_TRAIL", durableObjectNamespace = (className = "AuditTrail", serviceName = "state")),
    (name = "ACCOUNTS", durableObjectNamespace = (className = "Accounts", serviceName = "state")),
    (name = "MEMORY", durableObjectNamespace = (className = "Memory", serviceName = "state")),
    (name = "SOMA_TRUSTED_ISSUERS", text = ""),
    (name = "SOMA_OIDC_ISSUER", text = ""),
    (name = "VAULT", service = (name = "conversation", entrypoint = "Vault")),
    (name = "MODEL_DESK", service = (name = "conversation", entrypoint = "ModelDesk")),
  ],
);

const state :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "/state.js")],
  compatibilityDate = .compatibilityDate,
  compatibilityFlags = .compatibilityFlags,
  globalOutbound = "nowhere",
  durableObjectNamespaces = [
    (className = "Session", uniqueKey = "soma-state-Session", enableSql = true),
    (className = "Home", uniqueKey = "soma-state-Home", enableSql = true),
    (className = "Directory", uniqueKey = "soma-state-Directory", enableSql = true),
    (className = "Tenant", uniqueKey = "soma-state-Tenant", enableSql = true),
    (className = "Issuer", uniqueKey = "soma-state-Issuer", enableSql = true),
    (className = "Limiter", uniqueKey = "soma-state-Limiter", enableSql = true),
    (className = "AuditTrail", uniqueKey = "soma-state-AuditTrail", enableSql = true),
    (className = "Accounts", uniqueKey = "soma-state-Accounts", enableSql = true),
    (className = "Memory", uniqueKey = "soma-state-Memory", enableSql = true),
    (className = "Relationships", uniqueKey = "soma-state-Relationships", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [
    (name = "SESSION", durableObjectNamespace = "Session"),
    (name = "HOME", durableObjectNamespace = "Home"),
    (name = "DIRECTORY", durableObjectNamespace = "Directory"),
    (name = "TENANT", durableObjectNamespace = "Tenant"),
    (name = "ISSUER", durableObjectNamespace = "Issuer"),
    (name = "LIMITER", durableObjectNamespace = "Limiter"),
    (name = "AUDIT_TRAIL", durableObjectNamespace = "AuditTrail"),
    (name = "ACCOUNTS", durableObjectNamespace = "Accounts"),
    (name = "MEMORY", durableObjectNamespace = "Memory"),
    (name = "RELATIONS", durableObjectNamespace = "Relationships"),
    (name = "SOMA_ISSUER_ROOT_KEYS", fromEnvironment = "SOMA_ISSUER_ROOT_KEYS"),
    (name = "RUNNER", service = (name = "conversation", entrypoint = "TurnRunner")),
    (name = "EXECUTOR", service = (name = "tools", entrypoint = "ToolExecutor")),
    (name = "CONVERSATION_INBOUND", queue = "doorbells"),
    (name = "OUTBOUND_RELAY", queue = "doorbells"),
    (name = "OUTBOUND_MEMORY", queue = "doorbells"),
    (name = "OUTBOUND_TOPICS", queue = "doorbells"),
    (name = "SOMA_CONSUMERS", text = "relay memory"),
    (name = "AUDIT_RELAY", queue = "doorbells"),
    (name = "SOMA_LEASE_MS", text = "15000"),
    (name = "OPENFGA_URL", text = ""),
    (name = "OPENFGA_TOKEN", text = ""),
  ],
);

const conversation :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "/conversation.js")],
  compatibilityDate = .compatibilityDate,
  compatibilityFlags = .compatibilityFlags,
  globalOutbound = "loopback",
  bindings = [
    (name = "SOMA_MODEL_BASE_URL", fromEnvironment = "SOMA_MODEL_BASE_URL"),
    (name = "SOMA_MODEL", text = "fake"),
    (name = "SOMA_MODEL_API_KEY", text = ""),
    (name = "SOMA_MODEL_FIRST_TOKEN_MS", text = "120000"),
    (name = "SOMA_MODEL_BETWEEN_TOKENS_MS", text = "30000"),
    (name = "SOMA_BUILTIN_WORD_MS", text = "20"),
    (name = "SOMA_LOOPBACK_MODELS", text = "true"),
    (name = "SOMA_ROOT_KEYS", text = ""),
    (name = "SA01_CRYPTO_FERNET_KEY", text = ""),
    (name = "OPA_URL", text = ""),
    (name = "OPA_TOKEN", text = ""),
    (name = "SESSION", durableObjectNamespace = (className = "Session", serviceName = "state")),
    (name = "TENANT", durableObjectNamespace = (className = "Tenant", serviceName = "state")),
    (name = "LIMITER", durableObjectNamespace = (className = "Limiter", serviceName = "state")),
    (name = "ACCOUNTS", durableObjectNamespace = (className = "Accounts", serviceName = "state")),
    (name = "AUDIT_TRAIL", durableObjectNamespace = (className = "AuditTrail", serviceName = "state")),
    (name = "MEMORY", durableObjectNamespace = (className = "Memory", serviceName = "state")),
    (name = "TOOLS", service = (name = "tools", entrypoint = "ToolCatalog")),
  ],
);

const tools :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "/tools.js")],
  compatibilityDate = .compatibilityDate,
  compatibilityFlags = .compatibilityFlags,
  globalOutbound = "nowhere",
  bindings = [
    (name = "SESSION", durableObjectNamespace = (className = "Session", serviceName = "state")),
    (name = "TENANT", durableObjectNamespace = (className = "Tenant", serviceName = "state")),
    (name = "ACCOUNTS", durableObjectNamespace = (className = "Accounts", serviceName = "state")),
    (name = "AUDIT_TRAIL", durableObjectNamespace = (className = "AuditTrail", serviceName = "state")),
    (name = "OPA_URL", text = ""),
    (name = "OPA_TOKEN", text = ""),
  ],
);

const doorbells :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = "export default { fetch: () => Response.json({}) }")],
  compatibilityDate = .compatibilityDate,
  globalOutbound = "nowhere",
);
