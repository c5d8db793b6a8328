from .annealing import AnnealedSamples as AnnealedSamples
from .annealing import anneal_field as anneal_field
from .annealing import compare_annealing as compare_annealing
from .branches import Branches as Branches
from .continuation import Course as Course
from .continuation import Ending as Ending
from .continuation import follow_minima as follow_minima
from .jumps import Slide as Slide
