#include "analysis/judgement.hh"

#include <algorithm>

namespace mpb {

namespace {

// Whether the claim depends on the unknown part of a bound.
bool is_left_open(const Claim& claim) {
  if (!claim.comparison->beyond) return claim.at_least || claim.at_most;
  return claim.comparison->ratio > 1 ? claim.at_most : claim.at_least;
}

}  // namespace

std::vector<Judgement> judge_together(const std::vector<Claim>& claims, Adjustment adjustment,
                                      const std::function<std::size_t(std::size_t family)>& looks) {
  const auto decides = [](const Claim& claim) {
    return claim.can_be_judged && claim.comparison->interval && claim.too_short == 0;
  };
  std::vector<double> p;
  for (const Claim& claim : claims) {
    if (decides(claim)) p.push_back(claim.comparison->claim_p);
  }
  p = adjusted_p(p, adjustment);
  const std::size_t family = p.size(), seen = looks(family);
  for (double& its : p) its = over_looks(its, seen);
  const auto decided = static_cast<std::size_t>(
      std::count_if(p.begin(), p.end(), [](double its) { return its <= 1 - kConfidence; }));
  auto next = p.begin();
  std::vector<Judgement> judgements;
  for (const Claim& claim : claims) {
    Judgement& its = judgements.emplace_back();
    if (decides(claim)) {
      its.p = *next++;
      its.family = family;
      its.verdict = verdict(*claim.comparison, claim.metric->bigger_is_better, its.p);
      its.cut_off = its.verdict != Verdict::kInconclusive && is_left_open(claim);
      if (its.cut_off) {
        its.verdict = Verdict::kInconclusive;
      } else if (its.verdict == Verdict::kInconclusive) {
        // Who adds blocks has seen this one too, if there was anything to see.
        const bool could_tell = claim.comparison->n >= fewest_for_any(family, adjustment);
        its.blocks_missing =
            blocks_missing(claim.comparison->n, claim.comparison->interval,
                           distance_to_margin(*claim.comparison, claim.metric->margin),
                           sharing(family, decided, adjustment) * (seen + (could_tell ? 1 : 0)));
      }
    } else if (claim.can_be_judged && claim.comparison->interval) {
      its.verdict = Verdict::kInconclusive;
    }
  }
  return judgements;
}

Adjustment adjustment_of(const PlanParameters& plan) {
  const bool several = std::any_of(plan.grid.begin(), plan.grid.end(),
                                   [](const Variable& its) { return its.values.size() > 1; });
  return several ? Adjustment::kBenjaminiHochberg : Adjustment::kHolm;
}

}  // namespace mpb
