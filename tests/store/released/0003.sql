BEGIN TRANSACTION;
CREATE TABLE benchmark_patterns (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	session_id TEXT NOT NULL, 
	task TEXT NOT NULL, 
	input TEXT NOT NULL, 
	output TEXT NOT NULL, 
	reward REAL, 
	critique TEXT, 
	latency_ms REAL, 
	success INTEGER NOT NULL, 
	created_at INTEGER NOT NULL, 
	tokens_used INTEGER, 
	content_hash BLOB NOT NULL, 
	operation TEXT NOT NULL, 
	vcs_type TEXT NOT NULL, 
	variant TEXT NOT NULL, 
	repo_size TEXT NOT NULL, 
	status TEXT NOT NULL, 
	test_id TEXT, 
	run_id TEXT, 
	mlflow_run_id TEXT, 
	vcs_version TEXT, 
	machine_class TEXT, 
	fixture_id TEXT, 
	config_hash TEXT, 
	round INTEGER, 
	files INTEGER, 
	commits INTEGER, 
	branches INTEGER, 
	tags INTEGER, 
	total_bytes INTEGER, 
	reward_version INTEGER, 
	reward_terms TEXT, 
	baseline_run_id TEXT, 
	CONSTRAINT ck_patterns_success CHECK (success IN (0, 1)), 
	CONSTRAINT ck_patterns_reward CHECK (reward BETWEEN 0 AND 1), 
	CONSTRAINT ck_patterns_latency CHECK (latency_ms >= 0), 
	CONSTRAINT ck_patterns_hash CHECK (length(content_hash) = 16)
);
INSERT INTO "benchmark_patterns" VALUES(1,'s','add-git-benchmark','i','o',0.5,NULL,10.0,1,0,NULL,X'00000000000000000000000000000000','add','git','git','small','finished',NULL,'run-0',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "benchmark_patterns" VALUES(2,'s','add-git-benchmark','i','o',0.9,NULL,10.0,1,1,NULL,X'01010101010101010101010101010101','add','git','git','small','finished',NULL,'run-1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "benchmark_patterns" VALUES(3,'s','add-git-benchmark','i','o',0.0,NULL,10.0,0,2,NULL,X'02020202020202020202020202020202','add','git','git','small','finished',NULL,'run-2',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE benchmark_results (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	test_id TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	timestamp INTEGER NOT NULL, 
	vcs_type TEXT NOT NULL, 
	operation TEXT NOT NULL, 
	repo_size TEXT NOT NULL, 
	execution_time_ms REAL, 
	cpu_user_ms REAL, 
	cpu_system_ms REAL, 
	memory_peak_bytes INTEGER, 
	io_read_ops INTEGER, 
	io_write_ops INTEGER, 
	disk_delta_bytes INTEGER, 
	success INTEGER NOT NULL, 
	exit_code INTEGER, 
	retry_count INTEGER NOT NULL, 
	reward REAL, 
	iteration INTEGER NOT NULL, 
	round INTEGER, 
	variant TEXT NOT NULL, 
	session_id TEXT, 
	suite_id TEXT, 
	fixture_id TEXT, 
	machine_class TEXT, 
	vcs_version TEXT, 
	config_hash TEXT, 
	error_type TEXT, 
	mlflow_run_id TEXT, 
	CONSTRAINT ck_results_success CHECK (success IN (0, 1)), 
	CONSTRAINT ck_results_reward CHECK (reward BETWEEN 0 AND 1)
);
CREATE TABLE pattern_statistics (
	task TEXT NOT NULL, 
	variant TEXT NOT NULL, 
	success INTEGER NOT NULL, 
	reward_bucket INTEGER NOT NULL, 
	found INTEGER NOT NULL, 
	rewarded INTEGER NOT NULL, 
	reward_sum REAL NOT NULL, 
	timed INTEGER NOT NULL, 
	latency_sum REAL NOT NULL, 
	PRIMARY KEY (task, variant, success, reward_bucket)
)
 WITHOUT ROWID

;
INSERT INTO "pattern_statistics" VALUES('add-git-benchmark','git',0,0,1,1,0.0,1,10.0);
INSERT INTO "pattern_statistics" VALUES('add-git-benchmark','git',1,10,1,1,0.5,1,10.0);
INSERT INTO "pattern_statistics" VALUES('add-git-benchmark','git',1,18,1,1,0.9,1,10.0);
CREATE TABLE pattern_store_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT pattern_store_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "pattern_store_version" VALUES('0003');
CREATE TABLE pattern_tasks (
	task TEXT NOT NULL, 
	success INTEGER NOT NULL, 
	changes INTEGER NOT NULL, 
	found INTEGER NOT NULL, 
	rewarded INTEGER NOT NULL, 
	reward_sum REAL NOT NULL, 
	timed INTEGER NOT NULL, 
	latency_sum REAL NOT NULL, 
	PRIMARY KEY (task, success)
)
 WITHOUT ROWID

;
INSERT INTO "pattern_tasks" VALUES('add-git-benchmark',0,1,1,1,0.0,1,10.0);
INSERT INTO "pattern_tasks" VALUES('add-git-benchmark',1,1,2,2,1.4,2,20.0);
CREATE TABLE performance_trends (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	operation TEXT NOT NULL, 
	vcs_type TEXT NOT NULL, 
	date TEXT NOT NULL, 
	avg_time_ms REAL NOT NULL, 
	avg_memory_bytes REAL, 
	sample_count INTEGER NOT NULL
);
CREATE TABLE recommendations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	report_id TEXT NOT NULL, 
	priority TEXT NOT NULL, 
	category TEXT NOT NULL, 
	title TEXT NOT NULL, 
	description TEXT NOT NULL, 
	expected_impact REAL, 
	created_at INTEGER NOT NULL, 
	details TEXT
);
CREATE INDEX idx_vcs_operation ON benchmark_results (vcs_type, operation, variant, timestamp);
CREATE INDEX idx_timestamp ON benchmark_results (timestamp);
CREATE INDEX idx_success ON benchmark_results (success, operation, vcs_type, timestamp, execution_time_ms, memory_peak_bytes);
CREATE UNIQUE INDEX idx_results_run ON benchmark_results (run_id, iteration);
CREATE INDEX idx_created_at ON benchmark_patterns (created_at);
CREATE UNIQUE INDEX idx_patterns_content ON benchmark_patterns (content_hash);
CREATE UNIQUE INDEX idx_operation_vcs ON performance_trends (operation, vcs_type, date);
CREATE INDEX idx_date ON performance_trends (date);
CREATE INDEX idx_report ON recommendations (report_id);
CREATE INDEX idx_priority ON recommendations (priority);
CREATE INDEX idx_patterns_operation ON benchmark_patterns (operation, vcs_type);
CREATE UNIQUE INDEX idx_patterns_run ON benchmark_patterns (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX idx_patterns_session ON benchmark_patterns (session_id) WHERE run_id IS NOT NULL;
CREATE INDEX idx_patterns_baseline ON benchmark_patterns (operation, test_id, fixture_id, created_at) WHERE run_id IS NOT NULL;
CREATE INDEX idx_task ON benchmark_patterns (task, success, created_at, reward);
CREATE INDEX idx_reward ON benchmark_patterns (task, success, reward, created_at, id, latency_ms);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('benchmark_patterns',3);
COMMIT;
