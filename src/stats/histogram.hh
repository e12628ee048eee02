// A log-linear histogram of durations.
#pragma once
