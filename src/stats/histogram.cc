#include "stats/histogram.hh"
