// The fields of a result. The writer, the reader and the test of the schema use one list for each
// struct. So a field that is added here is written and read back, and the test fails until
// results/result.schema.json has it.
//
// A visitor `v` takes
//   v(name, value)                    a field; an optional without a value is absent
//   v.when(present, name, value)      written if `present`, read if the document has it
//   v.derived(name, value)            follows from other fields: written, but not read
//   v.group(name, fields)             an object around the fields that a function visits; may be
//                                     visited again with more fields
//   v.group_when(present, name, fields)
//   v.added(name, value)              a new field: always written; if an older document lacks it,
//                                     the value does not change
// A value is a number, a text, a Nanos (in seconds if the name ends in _s, otherwise in
// nanoseconds), a histogram, a struct that has a list here, or a list or map of them.
#pragma once

#include <concepts>
#include <type_traits>

#include "result/load_report.hh"
#include "result/result.hh"

namespace mpb {

template <class S, class T>
concept Of = std::same_as<std::remove_const_t<S>, T>;

template <class V, Of<Spread> S>
void fields(V& v, S& spread) {
  v("p50", spread.p50);
  v("p99", spread.p99);
  v("max", spread.max);
}

template <class V, Of<Replication> S>
void fields(V& v, S& replication) {
  v("sync_s", replication.sync_s);
  v("transfer_s", replication.transfer_s);
  v("data_bytes", replication.data_bytes);
  v("transfer_bps", replication.transfer_bps);
  v("lag_samples", replication.lag_samples);
  v("lag_bytes", replication.lag_bytes);
  v("lag_ns", replication.lag_ns);
}

template <class V, Of<LinkTraffic> S>
void fields(V& v, S& link) {
  v("name", link.name);
  v("client_tx_bytes", link.client_tx_bytes);
  v("client_rx_bytes", link.client_rx_bytes);
  v("lost_packets", link.lost_packets);
  v("dropped_packets", link.dropped_packets);
  v("flow_dropped_packets", link.flow_dropped_packets);
  v("up_capacity_bytes", link.up_capacity_bytes);
  v("down_capacity_bytes", link.down_capacity_bytes);
}

template <class V, Of<MptcpProof> S>
void fields(V& v, S& proof) {
  v("connections", proof.connections);
  v("fallbacks", proof.fallbacks);
  v("subflows_min", proof.subflows_min);
  v("subflows_max", proof.subflows_max);
  v("complete", proof.complete);
}

template <class V, Of<EndedConnections> S>
void fields(V& v, S& ended) {
  v("connections", ended.connections);
  v("fallbacks", ended.fallbacks);
  v("complete", ended.complete);
}

template <class V, Of<Segment> S>
void fields(V& v, S& segment) {
  v("from_ns", segment.from);
  v("to_ns", segment.to);
  v.when(!segment.event.empty(), "event", segment.event);
  v.when(!segment.event.empty(), "late_ns", segment.late);
  v.when(!segment.link.empty(), "link", segment.link);
  v.when(!segment.state.empty(), "state", segment.state);
  v("requests", segment.requests);
  v("lost", segment.lost);
  v.derived("throughput_rps", segment.throughput_rps());
  v("longest_stall_ns", segment.longest_stall);
  v("first_success_ns", segment.first_success);
  v("links", segment.links);
}

template <class V, Of<SubflowTrace> S>
void fields(V& v, S& trace) {
  v("connection", trace.connection);
  v.when(!trace.link.empty(), "link", trace.link);
  v.when(!trace.local.empty(), "local", trace.local);
  v.when(!trace.remote.empty(), "remote", trace.remote);
  v("backup", trace.backup);
  v("congestion_control", trace.congestion_control);
  v("series", trace.series);
}

template <class V, Of<Attendance> S>
void fields(V& v, S& attendance) {
  v("longest_gap_ns", attendance.longest_gap);
  v("gaps_ns", attendance.gaps);
  v("waited_ns", attendance.waited);
  v("turns", attendance.turns);
}

template <class V, Of<PathCount> S>
void fields(V& v, S& path) {
  v.when(!path.host.empty(), "host", path.host);
  v("local", path.local);
  v("remote", path.remote);
  v.when(!path.device.empty(), "device", path.device);
  v("subflows_start", path.subflows_start);
  v("subflows_end", path.subflows_end);
  v("subflows_gone", path.subflows_gone);
  v("bytes_sent", path.bytes_sent);
  v("bytes_retransmitted", path.bytes_retransmitted);
  v("bytes_received", path.bytes_received);
}

template <class V, Of<CallCount> S>
void fields(V& v, S& calls) {
  v("sent", calls.sent);
  v("answered", calls.answered);
}

template <class V, Of<Outcome> S>
void fields(V& v, S& outcome) {
  const bool open_loop = !outcome.backlog.empty() || outcome.response.count() > 0;
  v("duration_s", outcome.duration);
  v.when(outcome.interrupted, "interrupted", outcome.interrupted);
  v.when(outcome.time_to_ready > Nanos{0}, "time_to_ready_ns", outcome.time_to_ready);
  v.group_when(outcome.ready_after.count() > 0, "connecting_ns", [&] {
    v("ready", outcome.ready_after);
    v.when(outcome.complete_after.count() > 0, "all_subflows", outcome.complete_after);
    v.when(!outcome.joined_after.empty(), "further_subflows", outcome.joined_after);
  });
  v("requests", outcome.requests);
  v("errors", outcome.errors);
  v("censored", outcome.censored);
  v.when(open_loop, "unsent", outcome.unsent);
  v("after_idle", outcome.after_idle);
  v.when(!outcome.backlog.empty(), "backlog", outcome.backlog);
  v.when(!outcome.slices.empty(), "slices", outcome.slices);
  v.when(!outcome.slice_p50.empty(), "slice_p50_ns", outcome.slice_p50);
  v("misses", outcome.misses);
  v("verified", outcome.verified);
  v("reconnects", outcome.reconnects);
  v("ended_connections", outcome.ended_connections);
  v.when(outcome.payload_bytes > 0, "payload_bytes", outcome.payload_bytes);
  v("longest_stall_ns", outcome.longest_stall);
  v("unfinished_stall_ns", outcome.unfinished_stall);
  v("congestion_control", outcome.congestion_control);
  v.when(outcome.mptcp_start.connections > 0, "mptcp_start", outcome.mptcp_start);
  v.when(outcome.mptcp_end.connections > 0, "mptcp_end", outcome.mptcp_end);
  v.when(!outcome.paths.empty(), "paths", outcome.paths);
  v.when(!outcome.calls.empty(), "calls", outcome.calls);
  v.group("cpu", [&] { v("load_threads_pct", outcome.cpu_pct); });
  v.group_when(!outcome.threads.empty(), "attendance",
               [&] { v.when(!outcome.threads.empty(), "load_threads", outcome.threads); });
  v.group("latency_ns", [&] {
    v("first_byte", outcome.first_byte);
    v("last_byte", outcome.last_byte);
    v.when(open_loop, "response", outcome.response);
    v.when(open_loop, "send_delay", outcome.send_delay);
  });
  v.when(!outcome.segments.empty(), "segments", outcome.segments);
  v.group_when(outcome.timeline.interval > Nanos{0}, "timeline", [&] {
    v("interval_ns", outcome.timeline.interval);
    v("t_ns", outcome.timeline.t);
    v("series", outcome.timeline.series);
    v("subflows", outcome.subflows);
  });
}

template <class V, Of<RequestRows::Row> S>
void fields(V& v, S& row) {
  v("requests", row.requests);
  v("errors", row.errors);
  v("longest_ns", row.longest);
  v("buckets", row.buckets);
  v("counts", row.counts);
}

template <class V, Of<RequestRows> S>
void fields(V& v, S& rows) {
  v("ends_ns", rows.ends);
  v("rows", rows.rows);
}

// The additions to an outcome exist only between processes, in a line of a load.
template <class V, Of<LoadReport> S>
void fields(V& v, S& report) {
  v("outcome", report.outcome);
  v.when(!report.slice_responses.empty(), "slice_responses_ns", report.slice_responses);
  v.when(!report.rows.ends.empty(), "timeline_rows", report.rows);
}

template <class V, Of<Lateness> S>
void fields(V& v, S& lateness) {
  v("p50", lateness.p50);
  v("p99", lateness.p99);
  v("max", lateness.max);
}

template <class V, Of<EmulatorRecord> S>
void fields(V& v, S& emulator) {
  v("lateness_ns", emulator.lateness);
  v("read_delay_ns", emulator.read_delay);
  v("sched_fifo", emulator.sched_fifo);
}

template <class V, Of<CompetingRecord> S>
void fields(V& v, S& flow) {
  v("link", flow.link);
  v("acked_bytes", flow.acked_bytes);
  v("received_bytes", flow.received_bytes);
  v("goodput_bps", flow.goodput_bps);
  v("held_back_ns", flow.held_back);
}

template <class V, Of<ProbeRtt> S>
void fields(V& v, S& probe_rtt) {
  v("sockets", probe_rtt.sockets);
  v("probing", probe_rtt.probing);
  v("phases", probe_rtt.phases);
}

template <class V, Of<CapturedDirection> S>
void fields(V& v, S& direction) {
  v("entered", direction.entered);
  v("left", direction.left);
  v("on_the_way", direction.on_the_way);
  v("random_loss", direction.random_loss);
  v("queue_full", direction.queue_full);
  v("link_down", direction.link_down);
  v("flow_cap", direction.flow_cap);
  v("interface_down", direction.interface_down);
  v("no_memory", direction.no_memory);
}

template <class V, Of<CapturedLink> S>
void fields(V& v, S& link) {
  v("name", link.name);
  v("up", link.up);
  v("down", link.down);
}

template <class V, Of<CaptureRecord> S>
void fields(V& v, S& capture) {
  v("packets", capture.packets);
  v("missed", capture.missed);
  v("beyond_limit", capture.beyond_limit);
  v("clock_offset_s", capture.clock_offset_s);
  v("opened_s", capture.opened_s);
  v("links", capture.links);
}

template <class V, Of<DeviceCount> S>
void fields(V& v, S& device) {
  v("name", device.name);
  v("tx_bytes", device.tx_bytes);
  v("rx_bytes", device.rx_bytes);
  v("tx_dropped", device.tx_dropped);
  v("rx_dropped", device.rx_dropped);
  v("qdisc_dropped", device.qdisc_dropped);
}

template <class V, Of<TargetRecord> S>
void fields(V& v, S& target) {
  v("devices", target.devices);
  v("kernel", target.kernel);
  v("blackholes", target.blackholes);
  v("tcp_metrics", target.tcp_metrics);
  v.when(!target.store_calls.empty(), "store_calls", target.store_calls);
  v.when(!target.no_store_calls.empty(), "no_store_calls", target.no_store_calls);
}

template <class V, Of<Variable> S>
void fields(V& v, S& variable) {
  v("name", variable.name);
  v("values", variable.values);
}

// The settings of a variant. In older results only the congestion control could vary, and it had a
// field of its own, which is still written.
template <class V, class S>
void variant_fields(V& v, S& variant) {
  v.when(!variant.empty(), "settings", variant);
  std::string congestion = setting(variant, "congestion");
  v.when(!congestion.empty(), "congestion", congestion);
  if constexpr (!std::is_const_v<S>) {
    if (variant.empty() && !congestion.empty()) variant = {{"congestion", congestion}};
  }
}

template <class V, Of<HostClock> S>
void fields(V& v, S& clock) {
  v("offset_before_ns", clock.offset_before);
  v("offset_after_ns", clock.offset_after);
  v("bound_ns", clock.bound);
}

template <class V, Of<HostRecord> S>
void fields(V& v, S& host) {
  v("name", host.name);
  v("connections", host.connections);
  v("requests", host.requests);
  v("throughput_rps", host.throughput_rps);
  v("latency_ns", host.latency);
  v("mptcp", host.mptcp);
  v("longest_stall_ns", host.longest_stall);
  v.group("cpu", [&] { v("load_threads_pct", host.cpu_pct); });
  v.group("attendance", [&] { v("load_threads", host.threads); });
  v.when(!host.links.empty(), "links", host.links);
  v("clock", host.clock);
}

template <class V, Of<Run> S>
void fields(V& v, S& run) {
  v("block", run.block);
  v("order", run.order);
  v("proto", run.proto);
  v("op", run.op);
  v("values", run.values);
  v("value_bytes", run.value_bytes);
  v("connections", run.connections);
  v("threads", run.threads);
  v("pipeline", run.pipeline);
  v("arrivals", run.arrivals);
  v("rate_rps", run.rate_rps);
  variant_fields(v, run.variant);
  v.when(!run.conditions.empty(), "conditions", run.conditions);
  v("warmup_s", run.warmup);
  v.when(run.search, "search", run.search);
  v.derived("valid", run.valid());
  v("invalid_reasons", run.invalid_reasons);
  v("notes", run.notes);
  v.when(run.rate_rps.has_value(), "saturated", run.saturated);
  v("throughput_rps", run.throughput_rps);
  v("goodput_bps", run.goodput_bps);
  v("mptcp", run.mptcp);
  v.when(!run.hosts.empty(), "hosts", run.hosts);
  v("links", run.links);
  v("emulator", run.emulator);
  v.group("cpu", [&] {
    v("store_pct", run.store_pct);
    v("store_thread_pct", run.store_thread_pct);
    v("emulator_pct", run.emulator_pct);
    v("competing_flow_pct", run.competing_flow_pct);
    v("system_pct", run.system_pct);
    v("nice_pct", run.nice_pct);
    v("softirq_pct", run.softirq_pct);
    v("system_before_pct", run.system_before_pct);
    v("steal_pct", run.steal_pct);
    v("pressure_pct", run.pressure_pct);
  });
  v.group_when(run.store_attendance || run.emulator_attendance, "attendance", [&] {
    v("store", run.store_attendance);
    v("emulator", run.emulator_attendance);
  });
  v("kernel", run.kernel);
  v.when(!run.probe_rtt.empty(), "probe_rtt", run.probe_rtt);
  v.when(!run.ip_versions.empty(), "ip_versions", run.ip_versions);
  v("competing_flow", run.competing_flow);
  v("capture", run.capture);
  v("commands", run.commands);
  v("replica", run.replication);
  v("target", run.target);
  fields(v, run.outcome);
}

template <class V, Of<NamespaceRecord> S>
void fields(V& v, S& space) {
  v.when(!space.addresses.empty(), "addresses", space.addresses);
  v.when(!space.routes.empty(), "routes", space.routes);
  v.when(!space.rules.empty(), "rules", space.rules);
  v.when(!space.qdiscs.empty(), "qdiscs", space.qdiscs);
  v("mptcp_limits", space.mptcp_limits);
  v("mptcp_endpoints", space.mptcp_endpoints);
  v.when(!space.sysctls.empty(), "sysctls", space.sysctls);
  v.when(!space.offloads.empty(), "offloads", space.offloads);
}

template <class V, Of<MachineRecord> S>
void fields(V& v, S& machine) {
  v("kernel_sha256", machine.kernel_sha256);
  v("config_sha256", machine.config_sha256);
  v("root_sha256", machine.root_sha256);
  v("seed", machine.seed);
}

template <class V, Of<RankRecord> S>
void fields(V& v, S& rank) {
  v("name", rank.name);
  v("kernel", rank.kernel);
  v("cpu", rank.cpu);
  v("cpus", rank.cpus);
  v("bound_cpus", rank.bound_cpus);
  v.when(!rank.sysctls.empty(), "sysctls", rank.sysctls);
}

template <class V, Of<Environment> S>
void fields(V& v, S& environment) {
  v("kernel", environment.kernel);
  v("architecture", environment.architecture);
  v("os", environment.os);
  v("cpu", environment.cpu);
  v("cpus", environment.cpus);
  v("memory_bytes", environment.memory_bytes);
  v("governor", environment.governor);
  v("clocksource", environment.clocksource);
  v("hz", environment.hz);
  v("congestion_control", environment.congestion_control);
  v("host_kernel", environment.host_kernel);
  v.when(environment.virtual_time, "virtual_time", environment.virtual_time);
  v("virtual_clock", environment.virtual_clock);
  v("machine", environment.machine);
  v("hypervisor_flag", environment.hypervisor_flag);
  v("netem_seeded", environment.netem_seeded);
  v.when(!environment.commands.empty(), "commands", environment.commands);
  v.when(!environment.namespaces.empty(), "namespaces", environment.namespaces);
  v.when(!environment.ranks.empty(), "ranks", environment.ranks);
  v("steal_pct", environment.steal_pct);
  v.when(!environment.resumed.empty(), "resumed", environment.resumed);
}

template <class V, Of<TraceRecord> S>
void fields(V& v, S& trace) {
  v("sha256", trace.sha256);
  v("period_s", trace.period);
  v("mean_bps", trace.mean_bps);
  v("least_bps", trace.least_bps);
  v("most_bps", trace.most_bps);
  v("least_delay_ns", trace.least_delay);
  v("most_delay_ns", trace.most_delay);
}

template <class V, Of<LinkRecord> S>
void fields(V& v, S& link) {
  v("name", link.name);
  v("up", link.up);
  v("down", link.down);
  v.when(link.backup, "backup", link.backup);
  v("up_trace", link.up_trace);
  v("down_trace", link.down_trace);
}

template <class V, Of<ScenarioRecord> S>
void fields(V& v, S& scenario) {
  v("name", scenario.name);
  v("description", scenario.description);
  v("backend", scenario.backend);
  v("backend_why", scenario.backend_why);
  v("clients", scenario.clients);
  v("links", scenario.links);
  v("endpoints", scenario.endpoints);
  v("subflows_per_link", scenario.subflows_per_link);
  v("competing_flow", scenario.competing_flow);
  v.when(!scenario.events.empty(), "events", scenario.events);
  v.when(!scenario.sysctls.empty(), "sysctls", scenario.sysctls);
}

template <class V, Of<WorkloadRecord> S>
void fields(V& v, S& workload) {
  v("kind", workload.kind);
  v("data_bytes", workload.data_bytes);
  v("ops", workload.ops);
  v("sizes", workload.sizes);
  v("keys", workload.keys);
  v("keyspace", workload.keyspace);
  v("connections", workload.connections);
  v("threads", workload.threads);
  v("pipeline", workload.pipeline);
  v("requests_per_connection", workload.requests_per_connection);
  v("rate_rps", workload.rate_rps);
  v.when(!workload.rates_rps.empty(), "rates_rps", workload.rates_rps);
  v("rates", workload.rates);
  v("arrivals", workload.arrivals);
  v("warmup_s", workload.warmup);
  v("duration_s", workload.duration);
  v("timeout_s", workload.timeout);
}

template <class V, Of<Parameters> S>
void fields(V& v, S& parameters) {
  v("protos", parameters.protos);
  v.when(!parameters.congestion.empty(), "congestion", parameters.congestion);
  v.when(!parameters.sysctls.empty(), "sysctls", parameters.sysctls);
  v.when(!parameters.vary.empty(), "vary", parameters.vary);
  v.when(!parameters.variants.empty(), "variants", parameters.variants);
  std::vector<std::string> congestions = values(parameters.vary, "congestion");
  v.when(!congestions.empty(), "congestions", congestions);  // the only one of older results
  if constexpr (!std::is_const_v<S>) {
    if (parameters.vary.empty() && !congestions.empty())
      parameters.vary = {{"congestion", congestions}};
  }
  v.when(!parameters.base.empty(), "base", parameters.base);
  v.when(!parameters.grid.empty(), "grid", parameters.grid);
  v("repeat", parameters.repeat);
  v.when(parameters.until_ci > 0, "until_ci", parameters.until_ci);
  v.when(parameters.until_ci > 0, "max_repeat", parameters.max_repeat);
  v.when(parameters.again, "aa", parameters.again);
  v.when(parameters.auto_warmup, "auto_warmup", parameters.auto_warmup);
  v("timeline_ns", parameters.timeline);
}

template <class V, Of<Defaults> S>
void fields(V& v, S& defaults) {
  v("connections", defaults.connections);
  v("threads", defaults.threads);
  v("pipeline", defaults.pipeline);
  v("keyspace", defaults.keyspace);
  v("keys", defaults.keys);
}

template <class V, Of<StoreInfo> S>
void fields(V& v, S& store) {
  v("kind", store.kind);
  v("version", store.version);
  v("why", store.why);
  v("command", store.command);
  v("mptcp", store.mptcp);
  v.when(!store.configuration.empty(), "configuration", store.configuration);
}

template <class V, Of<CapacityProbe> S>
void fields(V& v, S& probe) {
  v("op", probe.op);
  v("values", probe.values);
  v("proto", probe.proto);
  v("throughput_rps", probe.throughput_rps);
  v("duration_s", probe.duration_s);
  v("invalid_reasons", probe.invalid_reasons);
}

template <class V, Of<Pilot> S>
void fields(V& v, S& pilot) {
  v("op", pilot.op);
  v("values", pilot.values);
  v("proto", pilot.proto);
  variant_fields(v, pilot.variant);
  v.when(!pilot.conditions.empty(), "conditions", pilot.conditions);
  v("rate_rps", pilot.rate_rps);
  v("duration_s", pilot.duration);
  v("settled_after_s", pilot.settled_after);
  v("invalid_reasons", pilot.invalid_reasons);
}

template <class V, Of<SloAsked> S>
void fields(V& v, S& slo) {
  v("rule", slo.rule);
  v("least_rps", slo.least_rps);
}

// The runs are not included, because they are read and written one at a time.
template <class V, Of<Result> S>
void fields(V& v, S& result) {
  v.group("tool", [&] {
    v.derived("name", "mptcp-bench");
    v("version", result.tool_version);
  });
  v("command", result.command);
  v("started", result.started);
  v("seed", result.seed);
  v.added("parameters", result.parameters);
  v.added("defaults", result.defaults);
  v("environment", result.environment);
  v("scenario", result.scenario);
  v("workload", result.workload);
  v("store", result.store);
  v.when(!result.probes.empty(), "capacity_probes", result.probes);
  v.when(!result.pilots.empty(), "pilots", result.pilots);
  v("slo", result.slo);
  v("complete", result.complete);
  v("planned_runs", result.planned_runs);
  v.when(!result.extended_from.empty(), "extended_from", result.extended_from);
}

}  // namespace mpb
