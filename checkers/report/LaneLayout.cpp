#include "report/LaneLayout.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

namespace poolguard {

namespace {

constexpr int NodeGap = 16, LineGap = 10, LeastColumnGap = 48, MostColumnGap = 150, Sweeps = 24;

/// A box, or the place where a long arrow passes a column.
struct Item {
  int Layer = 0, Height = 0, Y = 0; // Y: of the centre
  int64_t Wanted = 0;
  size_t Node = ~size_t{0};
  std::vector<size_t> Left, Right; // items that a line connects it with, one column on
};

class Layouter {
public:
  explicit Layouter(Layout &Of) : L(Of), Layer(Of.Nodes.size(), -1), Routes(Of.Edges.size()) {}

  void run() {
    findLayers();
    makeItems();
    order();
    placeRows();
    placeColumns();
    draw();
  }

private:
  Layout &L;
  std::vector<int> Layer; // 0: the last column
  std::vector<Item> Items;
  std::vector<std::vector<size_t>> Columns; // by layer, in order from the top
  std::vector<std::vector<size_t>> Routes;  // an edge's items, from the left to the right
  std::vector<int> ColumnLeft, ColumnRight;

  void findLayers() {
    std::vector<std::vector<size_t>> Out(L.Nodes.size());
    for (size_t E = 0; E < L.Edges.size(); ++E)
      Out[L.Edges[E].From].push_back(E);
    // From what nobody calls first, so that a circle is cut where it is entered last.
    std::vector<bool> Called(L.Nodes.size());
    for (const LayoutEdge &E : L.Edges)
      Called[E.To] = true;
    std::vector<char> State(L.Nodes.size());
    for (bool Roots : {true, false})
      for (size_t N = 0; N < L.Nodes.size(); ++N)
        if (State[N] == 0 && (!Roots || !Called[N]))
          visit(N, Out, State);
  }

  void visit(size_t Start, const std::vector<std::vector<size_t>> &Out, std::vector<char> &State) {
    enum : char { New, Open, Done };
    std::vector<std::pair<size_t, size_t>> Stack{{Start, 0}};
    State[Start] = Open;
    while (!Stack.empty()) {
      auto &[N, Next] = Stack.back();
      if (Next < Out[N].size()) {
        LayoutEdge &E = L.Edges[Out[N][Next++]];
        if (State[E.To] == Open)
          E.Back = true;
        else if (State[E.To] == New) {
          State[E.To] = Open;
          Stack.emplace_back(E.To, 0);
        }
        continue;
      }
      int Own = L.Nodes[N].Last ? 0 : 1;
      for (size_t E : Out[N])
        if (!L.Edges[E].Back)
          Own = std::max(Own, Layer[L.Edges[E].To] + 1);
      Layer[N] = Own;
      State[N] = Done;
      Stack.pop_back();
    }
  }

  size_t addItem(int At, int Height) {
    if (Columns.size() <= static_cast<size_t>(At))
      Columns.resize(At + 1);
    Columns[At].push_back(Items.size());
    Item New;
    New.Layer = At;
    New.Height = Height;
    Items.push_back(New);
    return Items.size() - 1;
  }

  void makeItems() {
    for (size_t N = 0; N < L.Nodes.size(); ++N) {
      size_t I = addItem(Layer[N], L.Nodes[N].Height);
      Items[I].Node = N; // item N is node N
    }
    for (size_t E = 0; E < L.Edges.size(); ++E) {
      size_t From = L.Edges[E].From, To = L.Edges[E].To;
      if (L.Edges[E].Back)
        std::swap(From, To);
      Routes[E].push_back(From);
      for (int At = Layer[From] - 1; At > Layer[To]; --At)
        Routes[E].push_back(addItem(At, LineGap));
      Routes[E].push_back(To);
      for (size_t I = 0; I + 1 < Routes[E].size(); ++I) {
        Items[Routes[E][I]].Right.push_back(Routes[E][I + 1]);
        Items[Routes[E][I + 1]].Left.push_back(Routes[E][I]);
      }
    }
  }

  /// How many pairs of lines cross.
  uint64_t crossings(const std::vector<size_t> &Place) const {
    uint64_t Sum = 0;
    for (const std::vector<size_t> &Column : Columns) {
      std::vector<size_t> Ends;
      for (size_t I : Column) {
        std::vector<size_t> Mine;
        for (size_t R : Items[I].Right)
          Mine.push_back(Place[R]);
        std::sort(Mine.begin(), Mine.end());
        for (size_t End : Mine) {
          auto Above = std::upper_bound(Ends.begin(), Ends.end(), End);
          Sum += static_cast<uint64_t>(Ends.end() - Above);
        }
        Ends.insert(Ends.end(), Mine.begin(), Mine.end());
        std::sort(Ends.begin(), Ends.end());
      }
    }
    return Sum;
  }

  std::vector<size_t> places() const {
    std::vector<size_t> Place(Items.size());
    for (const std::vector<size_t> &Column : Columns)
      for (size_t I = 0; I < Column.size(); ++I)
        Place[Column[I]] = I;
    return Place;
  }

  void order() {
    std::vector<std::vector<size_t>> Best = Columns;
    uint64_t Least = crossings(places());
    for (int Sweep = 0; Sweep < Sweeps && Least != 0; ++Sweep) {
      bool ToLeft = Sweep % 2 == 0;
      for (size_t Step = 1; Step < Columns.size(); ++Step) {
        size_t At = ToLeft ? Step : Columns.size() - 1 - Step;
        if (At == 0)
          continue; // the lanes keep their order
        std::vector<size_t> Place = places();
        for (size_t I : Columns[At]) {
          const std::vector<size_t> &Others = ToLeft ? Items[I].Right : Items[I].Left;
          int64_t Sum = 0;
          for (size_t Other : Others)
            Sum += static_cast<int64_t>(Place[Other]) * 1024;
          Items[I].Wanted =
              Others.empty() ? static_cast<int64_t>(Place[I]) * 1024 : Sum / static_cast<int64_t>(Others.size());
        }
        std::sort(Columns[At].begin(), Columns[At].end(), [&](size_t A, size_t B) {
          return std::tie(Items[A].Wanted, Place[A]) < std::tie(Items[B].Wanted, Place[B]);
        });
      }
      if (uint64_t Now = crossings(places()); Now < Least) {
        Least = Now;
        Best = Columns;
      }
    }
    Columns = std::move(Best);
  }

  static int distance(const Item &A, const Item &B) {
    bool Lines = A.Node == ~size_t{0} && B.Node == ~size_t{0};
    return A.Height / 2 + B.Height / 2 + (Lines ? 0 : NodeGap);
  }

  /// Puts each item of the column as near to where it wants to be as order and distances allow (least squares, by
  /// pooling neighbours that get in each other's way).
  void settle(const std::vector<size_t> &Column) {
    struct Pool {
      int64_t Sum;
      int64_t Count;
    };
    std::vector<int64_t> Offset(Column.size());
    for (size_t I = 1; I < Column.size(); ++I)
      Offset[I] = Offset[I - 1] + distance(Items[Column[I - 1]], Items[Column[I]]);
    std::vector<Pool> Pools;
    for (size_t I = 0; I < Column.size(); ++I) {
      Pools.push_back({Items[Column[I]].Wanted - Offset[I], 1});
      while (Pools.size() > 1) {
        Pool &A = Pools[Pools.size() - 2], &B = Pools.back();
        if (A.Sum * B.Count < B.Sum * A.Count)
          break;
        A.Sum += B.Sum;
        A.Count += B.Count;
        Pools.pop_back();
      }
    }
    size_t I = 0;
    for (const Pool &P : Pools)
      for (int64_t N = 0; N < P.Count; ++N, ++I)
        Items[Column[I]].Y = static_cast<int>(P.Sum / P.Count + Offset[I]);
  }

  void placeRows() {
    for (const std::vector<size_t> &Column : Columns) {
      for (size_t I : Column)
        Items[I].Wanted = 0;
      settle(Column);
    }
    for (int Sweep = 0; Sweep < Sweeps; ++Sweep)
      for (size_t Step = 0; Step < Columns.size(); ++Step) {
        const std::vector<size_t> &Column = Columns[Sweep % 2 == 0 ? Step : Columns.size() - 1 - Step];
        for (size_t I : Column) {
          std::vector<size_t> Others = Items[I].Right;
          // The first sweeps go by one side only, so that chains get straight; the last look at both.
          if (Sweep >= Sweeps / 2 || Others.empty())
            Others.insert(Others.end(), Items[I].Left.begin(), Items[I].Left.end());
          int64_t Sum = 0;
          for (size_t Other : Others)
            Sum += Items[Other].Y;
          Items[I].Wanted = Others.empty() ? Items[I].Y : Sum / static_cast<int64_t>(Others.size());
        }
        settle(Column);
      }
    int Top = 0, Bottom = 0;
    bool First = true;
    for (const Item &I : Items) {
      Top = First ? I.Y - I.Height / 2 : std::min(Top, I.Y - I.Height / 2);
      Bottom = First ? I.Y + I.Height / 2 : std::max(Bottom, I.Y + I.Height / 2);
      First = false;
    }
    for (Item &I : Items)
      I.Y -= Top;
    L.Height = Bottom - Top;
  }

  void placeColumns() {
    ColumnLeft.resize(Columns.size());
    ColumnRight.resize(Columns.size());
    int X = 0;
    for (size_t At = Columns.size(); At-- > 0;) {
      int Width = 0, Lines = 0;
      for (size_t I : Columns[At]) {
        if (Items[I].Node != ~size_t{0})
          Width = std::max(Width, L.Nodes[Items[I].Node].Width);
        Lines += static_cast<int>(Items[I].Right.size());
      }
      ColumnLeft[At] = X;
      ColumnRight[At] = X + Width;
      X += Width;
      if (At != 0)
        X += std::clamp(LeastColumnGap + Lines * 2, LeastColumnGap, MostColumnGap);
    }
    L.Width = X;
    for (size_t N = 0; N < L.Nodes.size(); ++N) {
      L.Nodes[N].X = ColumnLeft[Layer[N]];
      L.Nodes[N].Y = Items[N].Y - L.Nodes[N].Height / 2;
    }
  }

  /// The height at which the line of edge `E` leaves or enters node `N`: the lines of a side are spread over it, in the
  /// order of where they come from.
  void spread(size_t N, bool Right, std::map<std::pair<size_t, bool>, int> &Ports) const {
    std::vector<std::pair<int, size_t>> Lines;
    for (size_t E = 0; E < L.Edges.size(); ++E) {
      const std::vector<size_t> &Route = Routes[E];
      if (Right && Route.front() == N)
        Lines.emplace_back(Items[Route[1]].Y, E);
      if (!Right && Route.back() == N)
        Lines.emplace_back(Items[Route[Route.size() - 2]].Y, E);
    }
    std::sort(Lines.begin(), Lines.end());
    int Room = L.Nodes[N].Height - 12, Count = static_cast<int>(Lines.size());
    int Step = Count > 1 ? std::min(14, Room / (Count - 1)) : 0;
    for (int I = 0; I < Count; ++I)
      Ports[{Lines[I].second, Right}] = Items[N].Y + (2 * I - (Count - 1)) * Step / 2;
  }

  void draw() {
    std::map<std::pair<size_t, bool>, int> Ports;
    for (size_t N = 0; N < L.Nodes.size(); ++N) {
      spread(N, true, Ports);
      spread(N, false, Ports);
    }
    for (size_t E = 0; E < L.Edges.size(); ++E) {
      const std::vector<size_t> &Route = Routes[E];
      std::vector<LayoutPoint> &Points = L.Edges[E].Points;
      const LayoutNode &From = L.Nodes[Route.front()];
      int Y = Ports.at({E, true});
      Points.push_back({From.X + From.Width, Y});
      Points.push_back({ColumnRight[Items[Route.front()].Layer], Y});
      for (size_t I = 1; I + 1 < Route.size(); ++I) {
        const Item &Pass = Items[Route[I]];
        Points.push_back({ColumnLeft[Pass.Layer], Pass.Y});
        Points.push_back({ColumnRight[Pass.Layer], Pass.Y});
      }
      Y = Ports.at({E, false});
      Points.push_back({ColumnLeft[Items[Route.back()].Layer], Y});
      Points.push_back({ColumnLeft[Items[Route.back()].Layer], Y});
      if (L.Edges[E].Back)
        std::reverse(Points.begin(), Points.end());
    }
  }
};

} // namespace

void layOut(Layout &L) {
  if (!L.Nodes.empty())
    Layouter(L).run();
}

} // namespace poolguard
