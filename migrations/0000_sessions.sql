CREATE TABLE "session_events" (
	"tenant" text NOT NULL,
	"session_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"type" text NOT NULL,
	"turn_id" text,
	"body" jsonb NOT NULL,
	CONSTRAINT "session_events_tenant_session_id_seq_pk" PRIMARY KEY("tenant","session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"tenant" text NOT NULL,
	"session_id" text NOT NULL,
	"subject" text NOT NULL,
	"title" text NOT NULL,
	"state" text NOT NULL,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL,
	"last_turn_id" text,
	"last_seq" bigint NOT NULL,
	"deleted_at" bigint,
	CONSTRAINT "sessions_tenant_session_id_pk" PRIMARY KEY("tenant","session_id")
);
--> statement-breakpoint
CREATE INDEX "sessions_by_subject" ON "sessions" USING btree ("tenant","subject","updated_at" DESC NULLS LAST);