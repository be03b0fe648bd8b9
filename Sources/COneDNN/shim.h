#include <dnnl.h>

// From libgomp, whose header belongs to another compiler. oneDNN's own threads are not used:
// every worker sets its own count to one.
void omp_set_num_threads(int);
