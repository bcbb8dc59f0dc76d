-- Times are microseconds since 1970 in UTC, 0 is never. Yes and no are 1 and 0.
-- Texts compare as bytes. Lists of words are separated by spaces. Nothing is NULL.

-- +goose Up
CREATE TABLE bootstrap (
    id bigint  NOT NULL PRIMARY KEY CHECK (id = 1)
);

CREATE TABLE organisations (
    id       text    COLLATE "C" NOT NULL PRIMARY KEY,
    name     text    COLLATE "C" NOT NULL UNIQUE,
    created  bigint  NOT NULL,
    disabled bigint  NOT NULL DEFAULT 0
);

CREATE TABLE tokens (
    id           text    COLLATE "C" NOT NULL PRIMARY KEY,
    organisation text    COLLATE "C" NOT NULL REFERENCES organisations (id),
    name         text    COLLATE "C" NOT NULL,
    hash         text    COLLATE "C" NOT NULL UNIQUE,
    scopes       text    COLLATE "C" NOT NULL,
    created      bigint  NOT NULL,
    expires      bigint  NOT NULL,
    revoked      bigint  NOT NULL,
    last_used    bigint  NOT NULL
);
CREATE INDEX tokens_organisation ON tokens (organisation, id);

-- The packages' bytes in the blob store. refs counts the submissions that have
-- them; filed says that a filing is among these, now or ever.
CREATE TABLE blobs (
    key     text    COLLATE "C" NOT NULL PRIMARY KEY,
    sha256  text    COLLATE "C" NOT NULL,
    md5     text    COLLATE "C" NOT NULL,
    size    bigint  NOT NULL,
    created bigint  NOT NULL,
    state   text    COLLATE "C" NOT NULL CHECK (state IN ('live', 'deleting')),
    refs    bigint  NOT NULL CHECK (refs >= 0),
    filed   bigint  NOT NULL
);
CREATE UNIQUE INDEX blobs_live ON blobs (sha256) WHERE state = 'live';
CREATE INDEX blobs_unused ON blobs (created) WHERE state = 'live' AND refs = 0;
CREATE INDEX blobs_deleting ON blobs (key) WHERE state = 'deleting';
CREATE INDEX blobs_filed ON blobs (key) WHERE filed = 1;

-- The first SHA-256 that was seen with an MD5.
CREATE TABLE digests (
    md5    text COLLATE "C" NOT NULL PRIMARY KEY,
    sha256 text COLLATE "C" NOT NULL
);

-- job is the newest that is no re-judgement. judgements counts all that were
-- made, judgement is the number of the one in force. prior_* is the filing that
-- a recheck on its way replaced. attached_expires becomes expires when an awaited
-- package is there. found_platform is the package's, platform the filing's.
CREATE TABLE submissions (
    id                  text    COLLATE "C" NOT NULL PRIMARY KEY,
    organisation        text    COLLATE "C" NOT NULL REFERENCES organisations (id),
    purpose             text    COLLATE "C" NOT NULL,
    state               text    COLLATE "C" NOT NULL CHECK (state IN
        ('awaiting', 'queued', 'running', 'judged', 'canceled', 'expired', 'stuck')),
    lane                text    COLLATE "C" NOT NULL,
    filing_digest       text    COLLATE "C" NOT NULL,
    platform            text    COLLATE "C" NOT NULL,
    app_name            text    COLLATE "C" NOT NULL,
    file_name           text    COLLATE "C" NOT NULL,
    sha256              text    COLLATE "C" NOT NULL,
    md5                 text    COLLATE "C" NOT NULL,
    size                bigint  NOT NULL,
    blob_key            text    COLLATE "C" NOT NULL,
    supersedes          text    COLLATE "C" NOT NULL,
    package_id          text    COLLATE "C" NOT NULL DEFAULT '',
    version             text    COLLATE "C" NOT NULL DEFAULT '',
    found_platform      text    COLLATE "C" NOT NULL DEFAULT '',
    verdict             text    COLLATE "C" NOT NULL DEFAULT '',
    judgement           bigint  NOT NULL DEFAULT 0,
    judgements          bigint  NOT NULL DEFAULT 0,
    report_digest       text    COLLATE "C" NOT NULL DEFAULT '',
    rejudged            text    COLLATE "C" NOT NULL DEFAULT '',
    job                 text    COLLATE "C" NOT NULL DEFAULT '',
    created             bigint  NOT NULL,
    updated             bigint  NOT NULL,
    acknowledged        bigint  NOT NULL,
    expires             bigint  NOT NULL,
    attached_expires    bigint  NOT NULL,
    created_by          text    COLLATE "C" NOT NULL,
    prior_filing_digest text    COLLATE "C" NOT NULL DEFAULT '',
    prior_platform      text    COLLATE "C" NOT NULL DEFAULT '',
    prior_app_name      text    COLLATE "C" NOT NULL DEFAULT '',
    prior_filing        bytea   NOT NULL DEFAULT '',
    filing              bytea   NOT NULL
);
CREATE INDEX submissions_newest ON submissions (created, id);
CREATE INDEX submissions_organisation ON submissions (organisation, created, id);
CREATE INDEX submissions_state ON submissions (organisation, state, created, id);
CREATE INDEX submissions_state_newest ON submissions (state, created, id);
CREATE INDEX submissions_verdict ON submissions (organisation, verdict, created, id) WHERE verdict <> '';
CREATE INDEX submissions_sha256 ON submissions (sha256, organisation, created, id) WHERE sha256 <> '';
CREATE INDEX submissions_md5 ON submissions (md5, organisation, created, id) WHERE md5 <> '';
CREATE INDEX submissions_package ON submissions (package_id, organisation, created, id) WHERE package_id <> '';
CREATE INDEX submissions_app ON submissions (package_id, organisation, found_platform, created, id)
    WHERE purpose = 'filing' AND judgement > 0;
CREATE INDEX submissions_expiring ON submissions (expires) WHERE expires > 0 AND state <> 'expired';

-- The answers that idempotency keys got.
CREATE TABLE idempotency (
    organisation text    COLLATE "C" NOT NULL,
    key          text    COLLATE "C" NOT NULL,
    request      text    COLLATE "C" NOT NULL,
    submission   text    COLLATE "C" NOT NULL,
    job          text    COLLATE "C" NOT NULL,
    expires      bigint  NOT NULL,
    PRIMARY KEY (organisation, key)
);
CREATE INDEX idempotency_expiring ON idempotency (expires);

-- due is run_at of a queued job and lease_until of a running one. against is the
-- number of the judgement that was in force when the job was made.
CREATE TABLE jobs (
    id               text    COLLATE "C" NOT NULL PRIMARY KEY,
    submission       text    COLLATE "C" NOT NULL REFERENCES submissions (id),
    organisation     text    COLLATE "C" NOT NULL,
    cause            text    COLLATE "C" NOT NULL,
    lane             text    COLLATE "C" NOT NULL,
    state            text    COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'canceled', 'dead')),
    sha256           text    COLLATE "C" NOT NULL,
    md5              text    COLLATE "C" NOT NULL,
    size             bigint  NOT NULL,
    package_id       text    COLLATE "C" NOT NULL,
    against          bigint  NOT NULL,
    epoch            bigint  NOT NULL DEFAULT 0,
    attempts         bigint  NOT NULL DEFAULT 0,
    crashes          bigint  NOT NULL DEFAULT 0,
    lost             bigint  NOT NULL DEFAULT 0,
    run_at           bigint  NOT NULL,
    lease_until      bigint  NOT NULL DEFAULT 0,
    due              bigint  NOT NULL,
    worker           text    COLLATE "C" NOT NULL DEFAULT '',
    cancel_requested bigint  NOT NULL DEFAULT 0,
    stage            text    COLLATE "C" NOT NULL DEFAULT '',
    percent          bigint  NOT NULL DEFAULT 0,
    error            text    COLLATE "C" NOT NULL DEFAULT '',
    run              text    COLLATE "C" NOT NULL,
    created          bigint  NOT NULL,
    started          bigint  NOT NULL DEFAULT 0,
    ended            bigint  NOT NULL DEFAULT 0,
    filing           bytea   NOT NULL
);
CREATE INDEX jobs_due ON jobs (lane, due, state) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_dead ON jobs (lane) WHERE state = 'dead';
CREATE INDEX jobs_run ON jobs (run) WHERE run <> '' AND state = 'queued';

-- The bytes of reports, compressed with zstd, each once.
CREATE TABLE reports (
    digest    text    COLLATE "C" NOT NULL PRIMARY KEY,
    body      bytea   NOT NULL,
    key_id    text    COLLATE "C" NOT NULL,
    signature bytea   NOT NULL,
    created   bigint  NOT NULL
);

CREATE TABLE judgements (
    submission      text    COLLATE "C" NOT NULL REFERENCES submissions (id),
    seq             bigint  NOT NULL,
    job             text    COLLATE "C" NOT NULL UNIQUE,
    cause           text    COLLATE "C" NOT NULL,
    verdict         text    COLLATE "C" NOT NULL,
    report_digest   text    COLLATE "C" NOT NULL REFERENCES reports (digest),
    package_digest  text    COLLATE "C" NOT NULL,
    filing_digest   text    COLLATE "C" NOT NULL,
    policy_digest   text    COLLATE "C" NOT NULL,
    previous_digest text    COLLATE "C" NOT NULL,
    as_of           text    COLLATE "C" NOT NULL,
    engine          text    COLLATE "C" NOT NULL,
    rules           text    COLLATE "C" NOT NULL,
    created         bigint  NOT NULL,
    PRIMARY KEY (submission, seq)
);
CREATE INDEX judgements_report ON judgements (report_digest, created);

-- Facts are heyan.facts/1, compressed with zstd.
CREATE TABLE facts (
    sha256  text    COLLATE "C" NOT NULL,
    version text    COLLATE "C" NOT NULL,
    body    bytea   NOT NULL,
    created bigint  NOT NULL,
    PRIMARY KEY (sha256, version)
);

CREATE TABLE analyses (
    sha256      text    COLLATE "C" NOT NULL,
    version     text    COLLATE "C" NOT NULL,
    owner       text    COLLATE "C" NOT NULL,
    lease_until bigint  NOT NULL,
    PRIMARY KEY (sha256, version)
);

CREATE TABLE webhooks (
    id           text    COLLATE "C" NOT NULL PRIMARY KEY,
    organisation text    COLLATE "C" NOT NULL REFERENCES organisations (id),
    url          text    COLLATE "C" NOT NULL,
    secret       bytea   NOT NULL,
    events       text    COLLATE "C" NOT NULL,
    created      bigint  NOT NULL,
    disabled     bigint  NOT NULL
);
CREATE INDEX webhooks_organisation ON webhooks (organisation, id);

CREATE TABLE deliveries (
    id           text    COLLATE "C" NOT NULL PRIMARY KEY,
    webhook      text    COLLATE "C" NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    organisation text    COLLATE "C" NOT NULL,
    event        text    COLLATE "C" NOT NULL,
    submission   text    COLLATE "C" NOT NULL,
    payload      bytea   NOT NULL,
    state        text    COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts     bigint  NOT NULL DEFAULT 0,
    next_at      bigint  NOT NULL,
    epoch        bigint  NOT NULL DEFAULT 0,
    status       bigint  NOT NULL DEFAULT 0,
    error        text    COLLATE "C" NOT NULL DEFAULT '',
    created      bigint  NOT NULL,
    ended        bigint  NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_webhook ON deliveries (webhook, created, id);
CREATE INDEX deliveries_state ON deliveries (webhook, state, created, id);
CREATE INDEX deliveries_organisation ON deliveries (organisation, created, id);

CREATE TABLE signing_keys (
    id      text    COLLATE "C" NOT NULL PRIMARY KEY,
    public  bytea   NOT NULL,
    private bytea   NOT NULL,
    created bigint  NOT NULL,
    retired bigint  NOT NULL
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (retired) WHERE retired = 0;

CREATE TABLE alarms (
    id         text    COLLATE "C" NOT NULL PRIMARY KEY,
    kind       text    COLLATE "C" NOT NULL,
    detail     text    COLLATE "C" NOT NULL,
    submission text    COLLATE "C" NOT NULL,
    created    bigint  NOT NULL
);
CREATE INDEX alarms_newest ON alarms (created, id);

-- cursor_created and cursor_id are those of the last submission that was looked at.
CREATE TABLE rejudges (
    id             text    COLLATE "C" NOT NULL PRIMARY KEY,
    organisation   text    COLLATE "C" NOT NULL,
    state          text    COLLATE "C" NOT NULL CHECK (state IN ('running', 'done', 'canceled')),
    created_since  bigint  NOT NULL,
    created_until  bigint  NOT NULL,
    cursor_created bigint  NOT NULL,
    cursor_id      text    COLLATE "C" NOT NULL,
    queued         bigint  NOT NULL,
    done           bigint  NOT NULL,
    changed        bigint  NOT NULL,
    created_by     text    COLLATE "C" NOT NULL,
    created        bigint  NOT NULL,
    ended          bigint  NOT NULL
);
CREATE INDEX rejudges_newest ON rejudges (created, id);
CREATE INDEX rejudges_running ON rejudges (id) WHERE state = 'running';

-- These bytes are compressed already.
ALTER TABLE reports ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE facts ALTER COLUMN body SET STORAGE EXTERNAL;
-- Rows that change often, in place where a page has room.
ALTER TABLE jobs SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE submissions SET (fillfactor = 90);
