window.BENCHMARK_DATA = {
  "lastUpdate": 1674664983265,
  "repoUrl": "https://example.org/project",
  "entries": {
    "Go Benchmark": [
      {
        "commit": {"author": {"email": "a@example.org", "name": "A", "username": "a"}, "distinct": true,
          "id": "1111111111111111111111111111111111111111", "message": "one",
          "timestamp": "2022-05-19T14:08:58-04:00", "url": "https://example.org/commit/1"},
        "date": 1652984050649, "tool": "go",
        "benches": [{"name": "BenchmarkDup", "value": 41.5, "unit": "ns/op\t         1.000 extra/op\t       6 B/op", "extra": "29080629 times\n2 procs"}]
      },
      {
        "commit": {"id": "2222222222222222222222222222222222222222", "message": "two", "url": "https://example.org/commit/2"},
        "date": 1653082989772, "tool": "go",
        "benches": [{"name": "BenchmarkDup", "value": 44.5, "unit": "ns/op", "extra": "26981827 times\n2 procs"}]
      }
    ],
    "pytest": [
      {
        "commit": {"id": "2222222222222222222222222222222222222222", "message": "two", "url": "https://example.org/commit/2"},
        "date": 1653082989773, "tool": "pytest",
        "benches": [{"name": "test_a", "value": 1234.5, "unit": "iter/sec", "range": "stddev: 0.0001", "extra": "mean: 0.8 msec"}]
      }
    ]
  }
}
